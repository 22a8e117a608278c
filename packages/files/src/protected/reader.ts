/** Reads a teaclave-file-128 container front to back; every chunk that it yields is authenticated. */
import { FilesError } from '../errors.ts';
import { sameBytes } from '../gcm.ts';
import { type Bytes, checkName } from '../scheme.ts';
import {
  CHILDREN_PER_TREE,
  clear,
  DATA_PER_TREE,
  dataNodes,
  FILE_ID,
  HEAD,
  META_CIPHERTEXT,
  meta,
  metadataKey,
  NODE,
  PAIR,
  treeNodes,
  USER_KEY_MODE,
} from './layout.ts';
import { openNode } from './node-cipher.ts';

export interface ProtectedReadOptions {
  readonly key: Uint8Array;
  /** The name that must be stored in the file. */
  readonly name?: string;
  /** The tag that the file must have. */
  readonly tag?: Uint8Array;
}

/** Throws `FilesError`; what was yielded before is authentic, but the content is whole only at the end. */
export async function* decryptProtectedFile(
  source: Bytes,
  options: ProtectedReadOptions,
): AsyncGenerator<Uint8Array, Uint8Array> {
  const nodes = new NodeReader(source);
  try {
    return yield* decryptNodes(nodes, options);
  } finally {
    await nodes.close();
  }
}

async function* decryptNodes(
  nodes: NodeReader,
  options: ProtectedReadOptions,
): AsyncGenerator<Uint8Array, Uint8Array> {
  const header = openMetadata(await nodes.next('the metadata node'), options);
  yield header.content;
  let left = header.size - HEAD;
  if (left > 0) {
    const trees = treeNodes(header.size);
    /** (key, tag) of tree nodes to come, in their order: never more than there are tree nodes. */
    const pending: Uint8Array[] = [header.root];
    let data = dataNodes(header.size);
    for (let tree = 0; tree < trees; tree++) {
      const pair = pending.shift();
      if (pair === undefined) throw new FilesError('corrupt', `Tree node ${tree} has no parent.`);
      const pairs = openNode(
        pair.subarray(0, 16),
        await nodes.next(`tree node ${tree}`),
        pair.subarray(16),
        `Tree node ${tree}`,
      );
      for (
        let child = 0;
        child < CHILDREN_PER_TREE && tree * CHILDREN_PER_TREE + 1 + child < trees;
        child++
      ) {
        const at = (DATA_PER_TREE + child) * PAIR;
        pending.push(pairs.slice(at, at + PAIR));
      }
      // A tree node's data is yielded at once: one chunk of up to 384 KiB.
      const count = Math.min(DATA_PER_TREE, data);
      const chunk = new Uint8Array(Math.min(left, count * NODE));
      for (let slot = 0; slot < count; slot++) {
        const at = slot * PAIR;
        const plaintext = openNode(
          pairs.subarray(at, at + 16),
          await nodes.next('a data node'),
          pairs.subarray(at + 16, at + 32),
          `Data node ${tree * DATA_PER_TREE + slot}`,
        );
        chunk.set(plaintext.subarray(0, Math.min(NODE, left - slot * NODE)), slot * NODE);
      }
      data -= count;
      left -= chunk.length;
      yield chunk;
    }
  }
  await nodes.end();
  return header.tag;
}

interface Header {
  readonly size: number;
  readonly content: Uint8Array;
  readonly tag: Uint8Array;
  /** Key and tag of the root tree node. */
  readonly root: Uint8Array;
}

function openMetadata(node: Uint8Array, { key, name, tag: expected }: ProtectedReadOptions): Header {
  const view = new DataView(node.buffer, node.byteOffset, node.byteLength);
  const recognised =
    view.getBigUint64(0, true) === FILE_ID && node[clear.major] === 1 && node[clear.mode] === USER_KEY_MODE;
  if (!recognised) {
    throw new FilesError(
      'unsupported-format',
      'This is no teaclave-file-128 file of version 1 with a user key: check the scheme it was encrypted with.',
    );
  }
  if (node[clear.update] !== 0) {
    throw new FilesError('unfinished-write', 'The file was left in the middle of a write: encrypt it anew.');
  }
  const tag = node.subarray(clear.tag, clear.tag + 16);
  if (expected && !sameBytes(tag, expected)) {
    throw new FilesError(
      'tag-mismatch',
      'The file has another tag than expected: it is not the file that was registered.',
    );
  }
  const plaintext = openNode(
    metadataKey(key, node.subarray(clear.keyId, clear.keyId + 32)),
    node.subarray(clear.ciphertext, clear.ciphertext + META_CIPHERTEXT),
    tag,
    'The file',
  );
  const stored = plaintext.subarray(meta.name, meta.size);
  const storedName = stored.subarray(0, Math.max(0, stored.indexOf(0)));
  if (name !== undefined && !sameBytes(storedName, checkName(name))) {
    const found = new TextDecoder().decode(storedName).slice(0, 80);
    throw new FilesError(
      'name-mismatch',
      `The file was stored as "${found}", not as "${name}": give it that name again (the last segment of its URL).`,
    );
  }
  const size = new DataView(plaintext.buffer, plaintext.byteOffset).getBigUint64(meta.size, true);
  if (size > BigInt(Number.MAX_SAFE_INTEGER))
    throw new FilesError('corrupt', `The file claims ${size} bytes.`);
  return {
    tag: tag.slice(),
    size: Number(size),
    content: plaintext.slice(meta.content, meta.content + Math.min(Number(size), HEAD)),
    root: plaintext.slice(meta.rootKey, meta.rootKey + PAIR),
  };
}

/** Cuts a stream into nodes. */
class NodeReader {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(source: Bytes) {
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async #more(): Promise<boolean> {
    const result = await this.#iterator.next();
    if (result.done) return false;
    this.#chunk = result.value;
    return true;
  }

  /** The next 4096 bytes; valid until the call after. Without a promise where they are there already. */
  next(what: string): Uint8Array | Promise<Uint8Array> {
    if (this.#chunk.length >= NODE) {
      const node = this.#chunk.subarray(0, NODE);
      this.#chunk = this.#chunk.subarray(NODE);
      return node;
    }
    return this.#across(what);
  }

  async #across(what: string): Promise<Uint8Array> {
    const node = new Uint8Array(NODE);
    for (let filled = 0; filled < NODE; ) {
      if (this.#chunk.length === 0 && !(await this.#more())) {
        throw new FilesError('truncated', `The file ends within ${what}: fetch it again, whole.`);
      }
      const count = Math.min(NODE - filled, this.#chunk.length);
      node.set(this.#chunk.subarray(0, count), filled);
      this.#chunk = this.#chunk.subarray(count);
      filled += count;
    }
    return node;
  }

  /** Lets the source close what it has open: also where the file is refused in the middle. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async end(): Promise<void> {
    while (this.#chunk.length === 0 && (await this.#more()));
    if (this.#chunk.length > 0)
      throw new FilesError('corrupt', 'There are bytes behind the end of the file.');
  }
}
