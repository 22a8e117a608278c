/**
 * teaclave-file-128: the protected-file container of Teaclave 0.5 and later.
 *
 * 4096-byte nodes. Node 0 holds the metadata, encrypted under a key derived from the user's key, with the first 3072
 * bytes of content. The rest is in data nodes, 96 to a tree node; tree node k lies before its data nodes and holds
 * the (key, GMAC) pairs of its 96 data nodes and of its 32 child tree nodes. Every node has a key of its own, so
 * AES-128-GCM with a zero IV is used once per key. All integers are little-endian.
 */
import { aesCmac } from '../cmac.ts';

export const NODE = 4096;
/** Content bytes inside the metadata node. */
export const HEAD = 3072;
export const DATA_PER_TREE = 96;
export const CHILDREN_PER_TREE = 32;
export const PAIR = 32;
/** A tree node with its data nodes. */
const GROUP = DATA_PER_TREE + 1;

/** Positions in the metadata node. */
export const clear = {
  major: 8,
  minor: 9,
  mode: 10,
  update: 11,
  keyId: 16,
  tag: 80,
  ciphertext: 96,
} as const;
export const META_CIPHERTEXT = 3372;
/** Positions in the metadata's plaintext. */
export const meta = { name: 0, size: 260, rootKey: 268, rootTag: 284, content: 300 } as const;
/** "SGX_FILE" as a little-endian u64. */
export const FILE_ID = 0x5347585f46494c45n;
export const USER_KEY_MODE = 1;

export const dataNodes = (size: number): number => Math.max(0, Math.ceil((size - HEAD) / NODE));
export const treeNodes = (size: number): number => Math.ceil(dataNodes(size) / DATA_PER_TREE);
/** Size of the container for so many bytes of content. */
export const containerSize = (size: number): number => NODE * (1 + dataNodes(size) + treeNodes(size));

/** Physical node number. */
export const treePosition = (tree: number): number => 1 + GROUP * tree;
export const dataPosition = (data: number): number => data + 2 + Math.floor(data / DATA_PER_TREE);

const LABEL = new TextEncoder().encode('SGX-PROTECTED-FS-METADATA-KEY');

/** The metadata node's key: AES-CMAC over a block that names its use, node 0 and the file's random key id. */
export function metadataKey(userKey: Uint8Array, keyId: Uint8Array): Uint8Array {
  const block = new Uint8Array(120);
  const view = new DataView(block.buffer);
  view.setUint32(0, 1, true);
  block.set(LABEL, 4);
  block.set(keyId, 80);
  view.setUint32(112, 0x80, true);
  return aesCmac(userKey, block);
}
