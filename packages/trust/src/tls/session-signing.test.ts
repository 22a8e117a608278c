import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AboutConnection, requireConnection } from './about-connection.ts';
import { clientConnectionBinding, connectionBinding } from './connection.ts';
import {
  readSessionSigningClaim,
  type SessionSigningKey,
  sessionSigningClaim,
  sessionStatement,
} from './session-signing.ts';
import { UntrustedPeer } from './untrusted-peer.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const named: fc.Arbitrary<SessionSigningKey> = fc
  .record({
    publicKey: bytes32,
    until: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    instance: fc.option(bytes32),
  })
  .map(({ instance, ...key }) => (instance === null ? key : { ...key, instance }));

/** What it reads, or undefined where it refuses; anything else is a bug. */
function read(claim: Uint8Array): SessionSigningKey | undefined {
  try {
    return readSessionSigningClaim(claim);
  } catch (error) {
    if (error instanceof UntrustedPeer && error.reason === 'malformed') return undefined;
    throw error;
  }
}

describe('a claim that names a session-signing key', () => {
  it('is what other programs make as well', () => {
    const made = sessionSigningClaim({
      publicKey: new Uint8Array(32).fill(1),
      until: 0x0102030405,
      instance: new Uint8Array(32).fill(2),
    });
    const label = Buffer.from('gaiwan-session-signing-key/1 server\0').toString('hex');
    expect(hex(made)).toBe(`${label}${'01'.repeat(32)}0000000102030405${'02'.repeat(32)}`);
  });

  it('is read as it was made', () => {
    fc.assert(
      fc.property(named, (key) => {
        expect(read(sessionSigningClaim(key))).toEqual(key);
      }),
    );
  });

  it('has one row of bytes for each meaning, whatever stands in it', () => {
    const mutated = fc
      .tuple(
        named,
        fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 3 }),
        fc.integer({ min: -40, max: 40 }),
      )
      .map(([key, changes, longer]) => {
        const made = Buffer.from(sessionSigningClaim(key));
        for (const [at, value] of changes) if (at < made.length) made[at] = value;
        return new Uint8Array(
          longer < 0 ? made.subarray(0, made.length + longer) : Buffer.concat([made, Buffer.alloc(longer)]),
        );
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (claim) => {
        const found = read(claim);
        if (found !== undefined) expect(hex(sessionSigningClaim(found))).toBe(hex(claim));
      }),
      { numRuns: 10_000 },
    );
  });

  it('is refused cut, extended, of the other side, and with a time that no number is', () => {
    const server = sessionSigningClaim({
      publicKey: new Uint8Array(32),
      until: 1,
      instance: new Uint8Array(32),
    });
    const client = sessionSigningClaim({ publicKey: new Uint8Array(32), until: 1 });
    const far = Buffer.from(client);
    far.fill(0xff, client.length - 8);
    const others = [
      server.subarray(0, -1),
      server.subarray(0, -32),
      Buffer.concat([client, Buffer.alloc(32)]),
      far,
    ];
    for (const claim of [...others, new Uint8Array()]) expect(read(claim)).toBeUndefined();
  });

  it('is not made of parts of another length, or of a time that is none', () => {
    const good = { publicKey: new Uint8Array(32), until: 1, instance: new Uint8Array(32) };
    expect(() => sessionSigningClaim({ ...good, publicKey: new Uint8Array(31) })).toThrow(TypeError);
    expect(() => sessionSigningClaim({ ...good, instance: new Uint8Array(33) })).toThrow(TypeError);
    for (const until of [-1, 0.5, Number.NaN, 2 ** 53])
      expect(() => sessionSigningClaim({ ...good, until })).toThrow(TypeError);
  });
});

describe('what is said about a connection', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = (key: KeyObject) =>
    new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url'));
  const at = 1_000_000;
  const instance = new Uint8Array(32).fill(7);
  const sessionKey = new Uint8Array(91).fill(3);
  const end = {
    nonce: new Uint8Array(32).fill(1),
    exporter: new Uint8Array(32).fill(2),
    sessionKey,
    instance,
  };
  const binding = connectionBinding(end);
  const signed = (statement: Uint8Array, key = privateKey) => new Uint8Array(sign(null, statement, key));
  const signature = signed(sessionStatement(binding));
  const claimOf = (change: Partial<SessionSigningKey> = {}) => ({
    connection: undefined,
    sessionSigningKey: hex(
      sessionSigningClaim({ publicKey: raw(publicKey), until: at, instance, ...change }),
    ),
  });
  const direct = { connection: hex(binding), sessionSigningKey: undefined };
  const about: AboutConnection = { binding, signature, instance };
  const reasonOf = (
    claims: Parameters<typeof requireConnection>[0],
    change: Partial<AboutConnection> = {},
    now = at,
  ) => {
    try {
      requireConnection(claims, { ...about, ...change }, now);
      return 'accepted';
    } catch (error) {
      if (error instanceof UntrustedPeer) return error.reason;
      throw error;
    }
  };

  it('is accepted in the one form, and in the other', () => {
    expect(reasonOf(claimOf())).toBe('accepted');
    expect(reasonOf(direct, { signature: undefined })).toBe('accepted');
    // What an answer without one has on the wire.
    expect(reasonOf(direct, { signature: new Uint8Array() })).toBe('accepted');
  });

  it('is refused where one form stands for the other, or for both', () => {
    const none = { connection: undefined, sessionSigningKey: undefined };
    expect(reasonOf(claimOf(), { signature: undefined })).toBe('connection-binding');
    expect(reasonOf(direct)).toBe('connection-binding');
    expect(reasonOf(none)).toBe('connection-binding');
    expect(reasonOf(none, { signature: undefined })).toBe('connection-binding');
    const both = { ...direct, sessionSigningKey: claimOf().sessionSigningKey };
    expect(reasonOf(both)).toBe('connection-binding');
    expect(reasonOf(both, { signature: undefined })).toBe('connection-binding');
    // The claim itself in the place of what it would sign.
    const swapped = { connection: claimOf().sessionSigningKey, sessionSigningKey: hex(binding) };
    expect(reasonOf(swapped, { signature: undefined })).toBe('connection-binding');
    expect(reasonOf({ ...swapped, connection: undefined })).toBe('malformed');
  });

  it('is refused once the key is no longer good', () => {
    expect(reasonOf(claimOf(), {}, at + 1)).toBe('policy-age');
  });

  it('is refused of another instance, and of a client in place of a server', () => {
    const other = new Uint8Array(32).fill(8);
    expect(reasonOf(claimOf({ instance: other }))).toBe('connection-binding');
    const { instance: _none, ...client } = { publicKey: raw(publicKey), until: at, instance };
    const clients = { connection: undefined, sessionSigningKey: hex(sessionSigningClaim(client)) };
    expect(reasonOf(clients)).toBe('connection-binding');
    const clientBinding = clientConnectionBinding(end);
    const own = { binding: clientBinding, signature: signed(sessionStatement(clientBinding)) };
    const asClient = (claims: typeof clients) => {
      requireConnection(claims, own, at);
    };
    asClient(clients);
    expect(() => asClient(claimOf())).toThrow(expect.objectContaining({ reason: 'connection-binding' }));
  });

  it('is refused for another nonce, exporter, TLS key or instance than was signed for', () => {
    const others = { nonce: 9, exporter: 9, instance: 9 } as const;
    for (const [part, value] of Object.entries(others))
      expect(
        reasonOf(claimOf(), {
          binding: connectionBinding({ ...end, [part]: new Uint8Array(32).fill(value) }),
        }),
      ).toBe('connection-binding');
    const otherKey = connectionBinding({ ...end, sessionKey: new Uint8Array(91).fill(9) });
    expect(reasonOf(claimOf(), { binding: otherKey })).toBe('connection-binding');
  });

  it.each([
    ['no domain', () => signed(binding)],
    ['another domain', () => signed(Buffer.concat([Buffer.from('gaiwan-state/1\0'), binding]))],
    [
      'the domain of another version',
      () => signed(Buffer.concat([Buffer.from('gaiwan-session-signature/2\0'), binding])),
    ],
    ['another key', () => signed(sessionStatement(binding), generateKeyPairSync('ed25519').privateKey)],
    ['a signature that is cut', () => signature.subarray(0, 63)],
    ['a signature with a tail', () => new Uint8Array([...signature, 0])],
    ['zeros', () => new Uint8Array(64)],
  ])('is refused with %s', (_what, make) => {
    expect(reasonOf(claimOf(), { signature: make() })).toBe('connection-binding');
  });

  it('is refused whatever a stranger signs with', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (bytes) => {
        expect(reasonOf(claimOf(), { signature: bytes })).toBe('connection-binding');
      }),
    );
  });
});
