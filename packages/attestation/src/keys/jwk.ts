/** JSON Web Keys (RFC 7517), public ones. */
import { concat, fromBase64Url } from '../bytes.ts';
import { type Curve, curveBytes, type PublicKey } from '../crypto/crypto.ts';
import { told } from '../json/told.ts';
import { Refusal } from '../refusal.ts';
import { rsaKey } from './rsa.ts';

type Jwk = Readonly<Record<string, unknown>>;

function member(jwk: Jwk, name: string): Uint8Array {
  const value = jwk[name];
  if (typeof value !== 'string') throw new Refusal('malformed', `The JWK lacks "${name}".`);
  return fromBase64Url(value);
}

function ecKey(jwk: Jwk): PublicKey {
  const curve = (['P-256', 'P-384', 'P-521'] as const).find((name): name is Curve => name === jwk['crv']);
  if (curve === undefined)
    throw new Refusal('unsupported-key-type', `A JWK on the curve ${told(jwk['crv'])}.`);
  const [x, y] = [member(jwk, 'x'), member(jwk, 'y')];
  if (x.length !== curveBytes[curve] || y.length !== curveBytes[curve]) {
    throw new Refusal('malformed', 'The coordinates of the JWK are not of the size of its curve.');
  }
  return { type: 'ec', curve, point: concat(Uint8Array.of(4), x, y) };
}

/** Throws `Refusal`: "malformed", "unsupported-key-type" (symmetric keys too). */
export function jwkKey(jwk: Jwk): PublicKey {
  switch (jwk['kty']) {
    case 'EC':
      return ecKey(jwk);
    case 'RSA':
      return rsaKey(member(jwk, 'n'), member(jwk, 'e'));
    case 'OKP': {
      const raw = member(jwk, 'x');
      if (jwk['crv'] === 'Ed25519' && raw.length === 32) return { type: 'ed25519', raw };
    }
  }
  throw new Refusal('unsupported-key-type', `A JWK of the type ${told(jwk['kty'])}.`);
}
