import { fromBase64, text } from '../bytes.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

const MAX_BLOCKS = limits.pemBlocks.value;
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/** Contents of the PEM blocks (RFC 7468) of one label, in order. NUL bytes at the end are allowed (Intel's quotes). */
export function pemBlocks(bytes: Uint8Array | string, label: string): Uint8Array[] {
  const pem = typeof bytes === 'string' ? bytes : text(bytes);
  const blocks: Uint8Array[] = [];
  for (const [, found, body = ''] of pem.matchAll(BLOCK)) {
    if (found !== label) continue;
    if (blocks.length === MAX_BLOCKS) throw new Refusal('malformed', `More than ${MAX_BLOCKS} PEM blocks.`);
    blocks.push(fromBase64(body));
  }
  return blocks;
}

/** Whether the bytes look like PEM rather than DER. */
export function isPem(bytes: Uint8Array): boolean {
  return bytes[0] !== 0x30;
}
