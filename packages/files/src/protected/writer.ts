/** Writes a teaclave-file-128 container: data nodes as they come, tree and metadata when all is known. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { checkName, type RandomAccessSink } from '../scheme.ts';
import { WriteBehind } from '../write-behind.ts';
import {
  CHILDREN_PER_TREE,
  clear,
  containerSize,
  DATA_PER_TREE,
  dataPosition,
  FILE_ID,
  HEAD,
  META_CIPHERTEXT,
  meta,
  metadataKey,
  NODE,
  PAIR,
  treeNodes,
  treePosition,
  USER_KEY_MODE,
} from './layout.ts';
import { sealNode } from './node-cipher.ts';

/**
 * Memory: 16 bytes (a tag) for each 4096 bytes of content, 8 MiB for 2 GiB. Node keys are not kept: they are
 * AES(secret of this file, node number), and the secret is forgotten with the writer.
 */
export class ProtectedFileWriter {
  readonly #userKey: Uint8Array;
  readonly #name: Uint8Array;
  readonly #sink: RandomAccessSink;
  readonly #groups: WriteBehind<[Uint8Array, number]>;
  readonly #secret = randomBytes(16);
  readonly #keyId = randomBytes(32);
  readonly #head = new Uint8Array(HEAD);
  /** Tags of data nodes, in pages of one tree node each. */
  readonly #tags: Uint8Array[] = [];
  /** Ciphertext of the tree node's group that is being filled: its data nodes, to be written in one go. */
  #group = new Uint8Array(DATA_PER_TREE * NODE);
  /** The one before it, which may be on its way to the sink. */
  #written = new Uint8Array(DATA_PER_TREE * NODE);
  readonly #node = new Uint8Array(NODE);
  #groupKeys: Uint8Array = new Uint8Array(0);
  #size = 0;
  #nodes = 0;

  constructor(userKey: Uint8Array, name: string, sink: RandomAccessSink) {
    this.#userKey = userKey;
    this.#name = checkName(name);
    this.#sink = sink;
    this.#groups = new WriteBehind((bytes, position) => sink.write(bytes, position));
  }

  async write(chunk: Uint8Array): Promise<void> {
    let at = 0;
    while (at < chunk.length) {
      const inHead = this.#size < HEAD;
      const target = inHead ? this.#head : this.#node;
      const start = inHead ? this.#size : (this.#size - HEAD) % NODE;
      // A whole node is encrypted from where it lies.
      if (!inHead && start === 0 && chunk.length - at >= NODE) {
        this.#size += NODE;
        await this.#seal(chunk.subarray(at, at + NODE));
        at += NODE;
        continue;
      }
      const count = Math.min(target.length - start, chunk.length - at);
      target.set(chunk.subarray(at, at + count), start);
      at += count;
      this.#size += count;
      if (!inHead && start + count === NODE) await this.#seal(this.#node);
    }
  }

  /** Writes tree and metadata. `tag` is the GMAC of the metadata node: the file's "cmac". */
  async finish(): Promise<{ tag: Uint8Array; plaintextSize: number; size: number }> {
    const rest = (this.#size - HEAD) % NODE;
    if (this.#size > HEAD && rest > 0) {
      this.#node.fill(0, rest);
      await this.#seal(this.#node);
    }
    await this.#flush();
    await this.#groups.end();
    const root = await this.#writeTree();
    const tag = await this.#writeMetadata(root);
    this.#secret.fill(0);
    this.#head.fill(0);
    this.#node.fill(0);
    return { tag, plaintextSize: this.#size, size: containerSize(this.#size) };
  }

  /** Keys of consecutive nodes: a pseudo-random permutation of their numbers, so no two are the same. */
  #keys(first: number, count: number): Uint8Array {
    const blocks = new Uint8Array(16 * count);
    const view = new DataView(blocks.buffer);
    for (let i = 0; i < count; i++) view.setFloat64(16 * i, first + i);
    return createCipheriv('aes-128-ecb', this.#secret, null).setAutoPadding(false).update(blocks);
  }

  #key(physical: number): Uint8Array {
    return this.#keys(physical, 1);
  }

  async #seal(plaintext: Uint8Array): Promise<void> {
    const slot = this.#nodes % DATA_PER_TREE;
    // A tree node's data nodes lie side by side.
    if (slot === 0) this.#groupKeys = this.#keys(dataPosition(this.#nodes), DATA_PER_TREE);
    const key = this.#groupKeys.subarray(16 * slot, 16 * slot + 16);
    const { ciphertext, tag } = sealNode(key, plaintext);
    this.#group.set(ciphertext, slot * NODE);
    if (slot === 0) this.#tags.push(new Uint8Array(DATA_PER_TREE * 16));
    this.#tags.at(-1)?.set(tag, slot * 16);
    this.#nodes++;
    if (slot === DATA_PER_TREE - 1) await this.#flush(DATA_PER_TREE);
  }

  async #flush(count = this.#nodes % DATA_PER_TREE): Promise<void> {
    if (count === 0) return;
    const position = dataPosition(this.#nodes - count) * NODE;
    await this.#groups.write(this.#group.subarray(0, count * NODE), position);
    [this.#group, this.#written] = [this.#written, this.#group];
  }

  /** Tree nodes from the last to the root: a parent holds the tags of its children, which come after it. */
  async #writeTree(): Promise<Uint8Array | undefined> {
    const count = treeNodes(this.#size);
    /** Tags of tree nodes that their parent has not taken yet. */
    const tags = new Uint8Array(count * 16);
    for (let tree = count - 1; tree >= 0; tree--) {
      const plaintext = new Uint8Array(NODE);
      const first = tree * DATA_PER_TREE;
      const keys = this.#keys(dataPosition(first), DATA_PER_TREE);
      const dataTags = this.#tags[tree];
      if (dataTags === undefined) throw new RangeError(`tree node ${tree} has no data nodes`);
      for (let slot = 0; slot < DATA_PER_TREE && first + slot < this.#nodes; slot++) {
        plaintext.set(keys.subarray(slot * 16, slot * 16 + 16), slot * PAIR);
        plaintext.set(dataTags.subarray(slot * 16, slot * 16 + 16), slot * PAIR + 16);
      }
      for (let child = 0; child < CHILDREN_PER_TREE; child++) {
        const number = tree * CHILDREN_PER_TREE + 1 + child;
        if (number >= count) break;
        const at = (DATA_PER_TREE + child) * PAIR;
        plaintext.set(this.#key(treePosition(number)), at);
        plaintext.set(tags.subarray(number * 16, number * 16 + 16), at + 16);
      }
      const { ciphertext, tag } = sealNode(this.#key(treePosition(tree)), plaintext);
      tags.set(tag, tree * 16);
      await this.#sink.write(ciphertext, treePosition(tree) * NODE);
    }
    return count === 0 ? undefined : tags.subarray(0, 16);
  }

  async #writeMetadata(rootTag: Uint8Array | undefined): Promise<Uint8Array> {
    const plaintext = new Uint8Array(META_CIPHERTEXT);
    plaintext.set(this.#name, meta.name);
    new DataView(plaintext.buffer).setBigUint64(meta.size, BigInt(this.#size), true);
    if (rootTag) {
      plaintext.set(this.#key(treePosition(0)), meta.rootKey);
      plaintext.set(rootTag, meta.rootTag);
    }
    plaintext.set(this.#head, meta.content);
    const { ciphertext, tag } = sealNode(metadataKey(this.#userKey, this.#keyId), plaintext);
    plaintext.fill(0);

    const node = new Uint8Array(NODE);
    new DataView(node.buffer).setBigUint64(0, FILE_ID, true);
    node[clear.major] = 1;
    node[clear.mode] = USER_KEY_MODE;
    node.set(this.#keyId, clear.keyId);
    node.set(tag, clear.tag);
    node.set(ciphertext, clear.ciphertext);
    await this.#sink.write(node, 0);
    return tag;
  }
}
