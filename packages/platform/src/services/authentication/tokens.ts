/** Short-lived signed tokens (JWT, RFC 7519) with a key id; the keys live in the store and rotate. */
import { createSecretKey, hash, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { Key256 } from '@gaiwan/enclave';
import { parseSubject, type Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { errors, jwtVerify, SignJWT } from 'jose';
import { decodeRecord, encodeRecord } from '../../domain/codec.ts';
import { keys, type UserRecord } from '../../domain/records.ts';
import { roleText } from '../../domain/roles.ts';
import { limits } from '../../limits.ts';
import type { Clock } from '../../ports.ts';

const ALGORITHM = 'HS512';
const ISSUER = 'Teaclave';
const CACHE = limits.verifiedTokens.value;
const ROTATE_MS = limits.signingKeyAge.value;
const AHEAD = limits.tokenAhead.value;
const SESSION_BYTES = 12;

interface KeptKey {
  readonly kid: string;
  readonly secret: Uint8Array;
  readonly made: number;
}

interface SigningKey {
  readonly kid: string;
  /** 64 bytes derived from the secret, as HS512 asks for, in node:crypto's own memory: copied there once. */
  readonly mac: KeyObject;
  readonly made: number;
}

/** Takes the secret out of the heap. */
function takeFromHeap({ secret, ...rest }: KeptKey): SigningKey {
  using key = Key256.take(secret);
  const bytes = key.use((view) => new Uint8Array(hkdfSync('sha512', view, '', 'gaiwan tokens', 64)));
  try {
    return { ...rest, mac: createSecretKey(bytes) };
  } finally {
    bytes.fill(0);
  }
}

/** What a valid token says. The role in it is for clients to read; nothing here relies on it. */
export interface TokenClaims {
  /** The name of the account, which Teaclave's clients read as the token's subject. */
  readonly id: string;
  readonly subject: Subject;
  readonly generation: string;
  /** Random: which login made it. */
  readonly session: string;
  /** Seconds since the epoch; both. */
  readonly issued: number;
  readonly expires: number;
}

export class Tokens {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #lifetime: number;
  #keys: SigningKey[] = [];
  /** Verified tokens by their hash. */
  readonly #verified = new Map<string, TokenClaims>();

  private constructor(store: Store, clock: Clock, lifetimeSeconds: number) {
    this.#store = store;
    this.#clock = clock;
    this.#lifetime = lifetimeSeconds;
  }

  static async open(store: Store, clock: Clock, lifetimeSeconds: number): Promise<Tokens> {
    const tokens = new Tokens(store, clock, lifetimeSeconds);
    const found: SigningKey[] = [];
    for await (const { value } of store.entries(keys.signingKeys()))
      found.push(takeFromHeap(decodeRecord<KeptKey>(value)));
    tokens.#keys = found.sort((a, b) => b.made - a.made);
    await tokens.#currentKey();
    return tokens;
  }

  async issue({ id, subject, role, generation }: Omit<UserRecord, 'password'>): Promise<string> {
    const key = await this.#currentKey();
    const now = Math.floor(this.#clock.now() / 1000);
    return new SignJWT({ role: roleText(role), gen: generation, account: subject })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: key.kid })
      .setSubject(id)
      .setIssuer(ISSUER)
      .setJti(randomBytes(SESSION_BYTES).toString('base64url'))
      .setIssuedAt(now)
      .setExpirationTime(now + this.#lifetime)
      .sign(key.mac);
  }

  /** Undefined for anything but a valid token whose time is now: neither over nor, after a clock was set back, to come. */
  async verify(token: string): Promise<TokenClaims | undefined> {
    const now = this.#clock.now() / 1000;
    const claims = await this.#signed(token);
    return claims && claims.issued <= now + AHEAD && claims.expires > now ? claims : undefined;
  }

  /** What a token says that is ours, and had its time. */
  async #signed(token: string): Promise<TokenClaims | undefined> {
    const name = hash('sha256', token, 'base64');
    const known = this.#verified.get(name);
    if (known) return known;
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid }) => {
          const key = this.#keys.find((candidate) => candidate.kid === kid);
          if (!key) throw new errors.JWKSNoMatchingKey();
          return key.mac;
        },
        {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          currentDate: new Date(this.#clock.now()),
          requiredClaims: ['sub', 'exp', 'iat', 'jti', 'gen', 'account'],
        },
      );
      const { sub: id, exp, iat: issued, jti: session } = payload;
      const subject = parseSubject(String(payload['account']));
      if (id === undefined || exp === undefined || issued === undefined) return undefined;
      if (session === undefined || subject === undefined) return undefined;
      // A life that the operator has made shorter since is that of tokens that are out, too.
      const expires = Math.min(exp, issued + this.#lifetime);
      const claims = { id, subject, generation: String(payload['gen']), session, issued, expires };
      const [oldest] = this.#verified.keys();
      if (oldest !== undefined && this.#verified.size >= CACHE) this.#verified.delete(oldest);
      this.#verified.set(name, claims);
      return claims;
    } catch (error) {
      // Only a verdict about the token: a fault of this process must not look like a forged one.
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  /** A new key each month; an old one stays as long as its tokens live. */
  async #currentKey(): Promise<SigningKey> {
    const now = this.#clock.now();
    const [newest] = this.#keys;
    if (newest && now - newest.made < ROTATE_MS) return newest;
    const key: KeptKey = {
      kid: randomBytes(8).toString('hex'),
      secret: randomBytes(Key256.bytes),
      made: now,
    };
    const old = this.#keys.filter(({ made }) => now - made > ROTATE_MS + 1000 * this.#lifetime);
    await this.#store.commit({
      put: [{ key: keys.signingKey(key.kid), value: encodeRecord(key) }],
      delete: old.map(({ kid }) => keys.signingKey(kid)),
    });
    const current = takeFromHeap(key);
    this.#keys = [current, ...this.#keys.filter((candidate) => !old.includes(candidate))];
    return current;
  }
}
