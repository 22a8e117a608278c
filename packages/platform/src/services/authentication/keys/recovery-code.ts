/** Recovery codes: 160 random bits, written so that people can copy them from paper. */
import { randomBytes } from 'node:crypto';

/** Crockford's: no I, L, O or U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CHARACTERS = 32;
const FORM = new RegExp(`^[${ALPHABET}]{${CHARACTERS}}$`);
const GROUP = 4;

/** Eight groups of four. */
export function makeRecoveryCode(): string {
  // 256 is a multiple of 32: every character is as likely.
  const text = Array.from(randomBytes(CHARACTERS), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join(
    '',
  );
  return grouped(text);
}

/**
 * The code that somebody has typed, in its one form: whatever the case and the grouping, and with the letters that look like digits
 * taken for them. Undefined for what is no code at all.
 */
export function readRecoveryCode(typed: string): string | undefined {
  if (typed.length > 4 * CHARACTERS) return undefined;
  const text = typed.replaceAll(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return FORM.test(text) ? grouped(text) : undefined;
}

const grouped = (text: string): string => (text.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
