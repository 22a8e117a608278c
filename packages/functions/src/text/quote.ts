import { limits } from '../limits.ts';

const MOST = limits.quoted.value;

/** Untrusted text for a message: quoted, printable, and short however long it is. */
export function quote(text: string): string {
  return text.length > MOST ? `${JSON.stringify(text.slice(0, MOST))}...` : JSON.stringify(text);
}
