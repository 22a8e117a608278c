/** AES-128-CMAC (RFC 4493) of a short message. */
import { createCipheriv } from 'node:crypto';

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return cipher.update(block);
}

/** Of two blocks of one length. */
const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0));

const REDUCTION = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x87);

/** Doubling in GF(2^128). */
function double(block: Uint8Array): Uint8Array {
  const [first = 0] = block;
  const out = block.map((byte, i) => (byte << 1) | ((block[i + 1] ?? 0) >> 7));
  return first & 0x80 ? xor(out, REDUCTION) : out;
}

export function aesCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const k1 = double(encryptBlock(key, new Uint8Array(16)));
  const whole = message.length > 0 && message.length % 16 === 0;
  const blocks = Math.max(1, Math.ceil(message.length / 16));
  const padded = new Uint8Array(blocks * 16);
  padded.set(message);
  if (!whole) padded[message.length] = 0x80;
  padded.set(xor(padded.subarray(-16), whole ? k1 : double(k1)), padded.length - 16);
  let state: Uint8Array = new Uint8Array(16);
  for (let at = 0; at < padded.length; at += 16)
    state = encryptBlock(key, xor(padded.subarray(at, at + 16), state));
  return state;
}
