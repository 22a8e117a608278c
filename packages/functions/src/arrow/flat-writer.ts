/** Writing FlatBuffers: each table behind its list of fields, and behind them what it points at. */

/** A number of a table, of so many bytes. */
export interface Scalar {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly value: number;
}

/** What a table or a list points at. */
export type Node =
  | { readonly text: string }
  /** By field; undefined: left out. */
  | { readonly table: readonly (Scalar | Node | undefined)[] }
  | { readonly list: readonly Node[] }
  /** A list of structs, each of so many words of 64 bits. */
  | { readonly structs: readonly (readonly number[])[] };

const isScalar = (field: Scalar | Node): field is Scalar => 'value' in field;

const LEAST = 1024;

class Writer {
  #view = new DataView(new ArrayBuffer(LEAST));
  #end = 0;
  /** What is still to be written, and where it is pointed at. */
  readonly #waiting: (readonly [from: number, node: Node])[] = [];

  write(root: Node): Uint8Array {
    this.#reserve(4);
    this.#waiting.push([0, root]);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const [from, node] = next;
      const at = this.#node(node);
      this.#view.setUint32(from, at - from, true);
    }
    this.#align(8);
    return new Uint8Array(this.#view.buffer, 0, this.#end);
  }

  #node(node: Node): number {
    if ('text' in node) return this.#text(node.text);
    if ('table' in node) return this.#table(node.table);
    return 'list' in node ? this.#list(node.list) : this.#structs(node.structs);
  }

  #table(fields: readonly (Scalar | Node | undefined)[]): number {
    const list = this.#reserve(4 + 2 * fields.length, 4);
    const table = this.#reserve(4, 8);
    this.#view.setInt32(table, table - list, true);
    for (const [i, field] of fields.entries()) {
      if (!field) continue;
      const bytes = isScalar(field) ? field.bytes : 4;
      const at = this.#reserve(bytes, bytes);
      if (isScalar(field)) this.#scalar(at, field);
      else this.#waiting.push([at, field]);
      this.#view.setUint16(list + 4 + 2 * i, at - table, true);
    }
    this.#view.setUint16(list, 4 + 2 * fields.length, true);
    this.#view.setUint16(list + 2, this.#end - table, true);
    return table;
  }

  #scalar(at: number, { bytes, value }: Scalar): void {
    if (bytes === 1) this.#view.setInt8(at, value);
    else if (bytes === 2) this.#view.setInt16(at, value, true);
    else if (bytes === 4) this.#view.setInt32(at, value, true);
    else this.#view.setBigInt64(at, BigInt(value), true);
  }

  #text(text: string): number {
    const bytes = Buffer.from(text);
    // With the zero that ends it.
    const at = this.#reserve(4 + bytes.length + 1, 4);
    this.#view.setUint32(at, bytes.length, true);
    new Uint8Array(this.#view.buffer).set(bytes, at + 4);
    return at;
  }

  #list(nodes: readonly Node[]): number {
    const at = this.#reserve(4 + 4 * nodes.length, 4);
    this.#view.setUint32(at, nodes.length, true);
    for (const [i, node] of nodes.entries()) this.#waiting.push([at + 4 + 4 * i, node]);
    return at;
  }

  #structs(structs: readonly (readonly number[])[]): number {
    const words = structs.flat();
    this.#align(8);
    // The words are aligned, not their number.
    const at = this.#reserve(8 + 8 * words.length) + 4;
    this.#view.setUint32(at, structs.length, true);
    for (const [i, word] of words.entries()) this.#view.setBigInt64(at + 4 + 8 * i, BigInt(word), true);
    return at;
  }

  #align(to: number): void {
    this.#reserve((to - (this.#end % to)) % to);
  }

  /** Room of zeros; returns where it begins. */
  #reserve(bytes: number, alignment = 1): number {
    if (alignment > 1) this.#align(alignment);
    const at = this.#end;
    this.#end += bytes;
    if (this.#end > this.#view.byteLength) {
      const larger = new Uint8Array(Math.max(this.#end, 2 * this.#view.byteLength));
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** The bytes of a tree, padded to a multiple of eight. */
export const writeFlat = (root: Node): Uint8Array => new Writer().write(root);
