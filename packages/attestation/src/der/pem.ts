import { fromBase64, text } from '../bytes.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

const MAX_BLOCKS = limits.pemBlocks.value;
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/** A block of PEM (RFC 7468). */
export interface PemBlock {
  readonly label: string;
  readonly bytes: Uint8Array;
}

function blocksOf(pem: string, isWanted: (label: string) => boolean): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const [, label = '', body = ''] of pem.matchAll(BLOCK)) {
    if (!isWanted(label)) continue;
    if (blocks.length === MAX_BLOCKS) throw new Refusal('malformed', `More than ${MAX_BLOCKS} PEM blocks.`);
    blocks.push({ label, bytes: fromBase64(body) });
  }
  return blocks;
}

/** Contents of the PEM blocks (RFC 7468) of one label, in order. NUL bytes at the end are allowed (Intel's quotes). */
export function pemBlocks(bytes: Uint8Array | string, label: string): Uint8Array[] {
  const pem = typeof bytes === 'string' ? bytes : text(bytes);
  return blocksOf(pem, (found) => found === label).map((block) => block.bytes);
}

/** All blocks, in order. Throws `Refusal` "malformed". */
export const pemBlocksOfAny = (pem: string): PemBlock[] => blocksOf(pem, () => true);

/** Whether the bytes look like PEM rather than DER. */
export function isPem(bytes: Uint8Array): boolean {
  return bytes[0] !== 0x30;
}
