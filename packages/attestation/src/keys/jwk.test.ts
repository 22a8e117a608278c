import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import { jwkKey } from './jwk.ts';

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const bytes = (length: number) => base64url(new Uint8Array(length).fill(7));

function refusalOf(jwk: Readonly<Record<string, unknown>>): Refusal {
  try {
    jwkKey(jwk);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a JSON Web Key', () => {
  it.each([
    ['P-256', 32],
    ['P-384', 48],
    ['P-521', 66],
  ])('on %s is a point', (crv, length) => {
    const key = jwkKey({ kty: 'EC', crv, x: bytes(length), y: bytes(length) });
    if (key.type !== 'ec') throw new Error(key.type);
    expect([key.curve, toHex(key.point)]).toEqual([crv, `04${'07'.repeat(2 * length)}`]);
  });

  it('of RSA and of Ed25519', () => {
    expect(jwkKey({ kty: 'RSA', n: base64url(new Uint8Array(256).fill(255)), e: 'AQAB' }).type).toBe('rsa');
    const key = jwkKey({ kty: 'OKP', crv: 'Ed25519', x: bytes(32) });
    expect(key).toEqual({ type: 'ed25519', raw: new Uint8Array(32).fill(7) });
  });

  it.each<[Readonly<Record<string, unknown>>, string, string]>([
    [{ kty: 'oct', k: 'AAAA' }, 'unsupported-key-type', 'A JWK of the type "oct".'],
    [{}, 'unsupported-key-type', 'A JWK of the type "undefined".'],
    [{ kty: 'a\n\u001b[2K\u202e' }, 'unsupported-key-type', 'of the type "a\\n\\u001b[2K\\u{202e}".'],
    [{ kty: { toString: 1 } }, 'unsupported-key-type', 'of the type "{\\"toString\\":1}".'],
    [{ kty: 'EC', crv: { toString: 1 } }, 'unsupported-key-type', 'on the curve "{\\"toString\\":1}".'],
    [{ kty: 'EC', crv: 'x'.repeat(300) }, 'unsupported-key-type', `on the curve "${'x'.repeat(256)}…".`],
    [{ kty: 'EC', crv: 'P-256', x: bytes(32) }, 'malformed', 'lacks "y"'],
    [{ kty: 'EC', crv: 'P-256', x: bytes(31), y: bytes(32) }, 'malformed', 'not of the size of its curve'],
    [{ kty: 'EC', crv: 'P-256', x: 1, y: bytes(32) }, 'malformed', 'lacks "x"'],
    [{ kty: 'OKP', crv: 'Ed25519', x: bytes(31) }, 'unsupported-key-type', 'of the type "OKP"'],
    [{ kty: 'RSA', e: 'AQAB' }, 'malformed', 'lacks "n"'],
  ])('%j is refused', (jwk, code, message) => {
    const refusal = refusalOf(jwk);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(message);
  });
});

describe('a refusal', () => {
  it('shows what would move a cursor, turn text around or forge a line', () => {
    const { message } = new Refusal('malformed', 'The name "a\u001b[2K\u202eb\nverdict: verified".');
    expect(message).toBe('The name "a\\u{1b}[2K\\u{202e}b\\u{a}verdict: verified".');
  });
});
