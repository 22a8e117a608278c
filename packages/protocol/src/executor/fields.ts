/** Fields of a message, checked as they are taken out of its head. */
import { NONCE_DIGITS } from './constants.ts';
import { ProtocolError } from './errors.ts';
import type { FrameHead } from './frame.ts';

/** @throws ProtocolError ('bad-message'). */
export function textField(head: FrameHead, key: string): string {
  const value = head[key];
  if (typeof value !== 'string') {
    throw new ProtocolError('bad-message', `"${head.type}" has no text "${key}".`);
  }
  return value;
}

/** The field `nonce`. @throws ProtocolError ('bad-message'). */
export function nonceField(head: FrameHead): string {
  const value = textField(head, 'nonce');
  if (value.length === NONCE_DIGITS && /^[0-9a-f]*$/.test(value)) return value;
  throw new ProtocolError('bad-message', `"${head.type}" wants ${NONCE_DIGITS} hexadecimal digits "nonce".`);
}

/** @throws ProtocolError ('bad-message'). */
export function integerField(
  head: FrameHead,
  key: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = head[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new ProtocolError('bad-message', `"${head.type}" wants "${key}" from ${least} to ${most}.`);
  }
  return value;
}

/** @throws ProtocolError ('bad-message'). */
export function listField(head: FrameHead, key: string): readonly unknown[] {
  const value = head[key];
  if (!Array.isArray(value)) throw new ProtocolError('bad-message', `"${head.type}" has no list "${key}".`);
  return value;
}

/** The fields of an object within a message, for the functions above. @throws ProtocolError ('bad-message'). */
export function objectIn(value: unknown, type: string): FrameHead {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError('bad-message', `"${type}" holds ${quoted(value)}, which is no object.`);
  }
  return { ...value, type };
}

/** A few characters of a value that the other side chose. */
export const quoted = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 40);
