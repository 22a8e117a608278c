/** Addresses as the audit log writes them: 16 bytes, one of version 4 as `::a.b.c.d`, as Teaclave's (contract 3.11). */
import { isIPv4, isIPv6 } from 'node:net';

/** Undefined for what is no address. A zone (`%eth0`) is left out. */
export function readAddress(text: string): Uint8Array | undefined {
  const [address = ''] = text.split('%', 1);
  const bytes = new Uint8Array(16);
  if (isIPv4(address)) {
    bytes.set(address.split('.').map(Number), 12);
    return bytes;
  }
  if (!isIPv6(address)) return undefined;
  const [head = '', tail] = address.split('::');
  const before = wordsOf(head);
  const after = wordsOf(tail ?? '');
  const view = new DataView(bytes.buffer);
  for (const [i, word] of before.entries()) view.setUint16(2 * i, word);
  for (const [i, word] of after.entries()) view.setUint16(16 - 2 * (after.length - i), word);
  // One of version 4 as sockets show it: `::ffff:a.b.c.d`.
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && view.getUint16(10) === 0xffff;
  if (isMapped) view.setUint16(10, 0);
  return bytes;
}

/** Sixteen bits each; an IPv4 address at the end is two of them. */
const wordsOf = (text: string): number[] =>
  text === ''
    ? []
    : text.split(':').flatMap((part) => {
        if (!part.includes('.')) return [Number.parseInt(part, 16)];
        const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
        return [(a << 8) | b, (c << 8) | d];
      });

/** Zeros for what is no address. */
export const addressBytes = (address: string): Uint8Array => readAddress(address) ?? new Uint8Array(16);
