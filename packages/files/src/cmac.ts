/** AES-128-CMAC (RFC 4493) of a short message. */
import { createCipheriv } from 'node:crypto';

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return cipher.update(block);
}

/** Doubling in GF(2^128). */
function double(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(16);
  for (let i = 0; i < 16; i++) out[i] = ((block[i] as number) << 1) | ((block[i + 1] ?? 0) >> 7);
  if ((block[0] as number) & 0x80) out[15] = (out[15] as number) ^ 0x87;
  return out;
}

export function aesCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const k1 = double(encryptBlock(key, new Uint8Array(16)));
  const whole = message.length > 0 && message.length % 16 === 0;
  const blocks = Math.max(1, Math.ceil(message.length / 16));
  const padded = new Uint8Array(blocks * 16);
  padded.set(message);
  if (!whole) padded[message.length] = 0x80;
  const mask = whole ? k1 : double(k1);
  for (let i = 0; i < 16; i++) {
    const at = padded.length - 16 + i;
    padded[at] = (padded[at] as number) ^ (mask[i] as number);
  }
  let state: Uint8Array = new Uint8Array(16);
  for (let at = 0; at < padded.length; at += 16) {
    state = encryptBlock(
      key,
      padded.subarray(at, at + 16).map((byte, i) => byte ^ (state[i] as number)),
    );
  }
  return state;
}
