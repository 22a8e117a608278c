/** Signatures as SSH writes them (RFC 8709, RFC 5656), and as the platform takes them. */
import type { KeyAlgorithm } from '@gaiwan/protocol';
import { badAgent, SshReader } from './wire.ts';

const HALF = 32;
const types: Record<KeyAlgorithm, string> = { Ed25519: 'ssh-ed25519', ES256: 'ecdsa-sha2-nistp256' };

/**
 * 64 bytes: of Ed25519 as they are, of P-256 r and s (IEEE P1363).
 *
 * @throws GaiwanError bad-agent for bytes that are no such signature
 */
export function readSshSignature(bytes: Uint8Array, algorithm: KeyAlgorithm): Uint8Array {
  const reader = new SshReader(bytes);
  if (reader.text() !== types[algorithm]) throw badAgent('it signed with another algorithm than the key has');
  const blob = reader.string();
  reader.end();
  if (algorithm === 'Ed25519') {
    if (blob.length !== 2 * HALF) throw badAgent(`its signature has ${blob.length} bytes`);
    return Uint8Array.from(blob);
  }
  const numbers = new SshReader(blob);
  const signature = new Uint8Array(2 * HALF);
  for (const end of [HALF, 2 * HALF]) {
    const number = positive(numbers.string());
    signature.set(number, end - number.length);
  }
  numbers.end();
  return signature;
}

/** An mpint of at most 256 bits: two's complement, big-endian, no byte more than it needs. */
function positive(mpint: Uint8Array): Uint8Array {
  const [first = 0, second = 0] = mpint;
  const number = first === 0 ? mpint.subarray(1) : mpint;
  const minimal = first !== 0 || second > 0x7f;
  if (mpint.length === 0 || first > 0x7f || !minimal || number.length > HALF)
    throw badAgent('its signature has a number that is none of P-256');
  return number;
}
