/** How a statement's signature travels: as text, in a call's metadata or a field. Strangers write it, so it has one form only. */
import { SIGNATURE_BYTES } from './public-key.ts';
import { NONCE_BYTES, type Statement } from './statement.ts';

/** The metadata that carries it. */
export const SIGNATURE_HEADER = 'gaiwan-statement';

/** What a verifier cannot know from the call itself. */
export interface SentSignature extends Pick<Statement, 'nonce' | 'time'> {
  /** 64 bytes, whatever the algorithm. */
  readonly signature: Uint8Array;
}

const TIME_DIGITS = 15;
const form = new RegExp(
  `^(0|[1-9][0-9]{0,${TIME_DIGITS - 1}})\\.([0-9a-f]{${2 * NONCE_BYTES}})\\.([0-9a-f]{${2 * SIGNATURE_BYTES}})$`,
);
const LONGEST = TIME_DIGITS + 2 * NONCE_BYTES + 2 * SIGNATURE_BYTES + 2;

/** `TIME.NONCE.SIGNATURE`: decimal ms, hex, hex. */
export const signatureText = ({ time, nonce, signature }: SentSignature): string =>
  `${time}.${nonce}.${Array.from(signature, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** Undefined for any text that `signatureText` does not write. */
export function parseSignatureText(text: string): SentSignature | undefined {
  if (text.length > LONGEST) return undefined;
  const [, time, nonce, digits] = form.exec(text) ?? [];
  if (time === undefined || nonce === undefined || digits === undefined) return undefined;
  const signature = Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return { time: Number(time), nonce, signature };
}
