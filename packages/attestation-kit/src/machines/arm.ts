/** Arm platforms in software: CCA and PSA tokens of any content. */
import { type Cbor, encodeCbor, Tagged } from '@gaiwan/attestation/cbor';
import { digest } from '../digest.ts';
import { ecKey, type SigningKey as FakeKey } from '../issue/keys.ts';

/** COSE_Sign1 with ES256 or ES384. */
export async function coseSign1(
  payload: Cbor,
  key: FakeKey,
  algorithm: -7 | -35,
  tagged = true,
): Promise<Uint8Array> {
  const header = encodeCbor(new Map<number, Cbor>([[1, algorithm]]));
  const content = encodeCbor(payload);
  const signature = await key.sign(encodeCbor(['Signature1', header, new Uint8Array(), content]));
  const message: Cbor = [header, new Map<number, Cbor>(), content, signature];
  return encodeCbor(tagged ? new Tagged(18, message) : message);
}

/** Content of CCA tokens; everything has a default. */
export interface CcaOptions {
  readonly lifecycle?: number;
  readonly challenge?: Uint8Array;
  /** In place of the hash of the realm's key. */
  readonly binding?: Uint8Array;
  /** Name of the hash that the realm token says was used. */
  readonly bindingHash?: string;
  /** COSE_Key instead of a bare point. */
  readonly coseKey?: boolean;
}

/** The two tokens that a CCA token is collected from. */
export interface CcaTokens {
  readonly platform: Uint8Array;
  readonly realm: Uint8Array;
}

/** A platform token and a realm token as one. */
export function collectCca({ platform, realm }: CcaTokens): Uint8Array {
  const collection = new Map<number, Cbor>([
    [44234, platform],
    [44241, realm],
  ]);
  return encodeCbor(new Tagged(399, collection));
}

/**
 * Makes a platform with a realm. No root vouches for it: a verifier is given `platformKey.spki` as its public key.
 */
export async function fakeArm() {
  const [platformKey, realmKey] = await Promise.all([ecKey('P-384'), ecKey('P-384')]);
  const point = realmKey.spki.subarray(-97);

  const tokens = async (options: CcaOptions = {}): Promise<CcaTokens> => {
    const rak = options.coseKey
      ? encodeCbor(
          new Map<number, Cbor>([
            [1, 2],
            [-1, 2],
            [-2, point.subarray(1, 49)],
            [-3, point.subarray(49)],
          ]),
        )
      : point;
    const platform = new Map<number, Cbor>([
      [265, 'http://arm.com/CCA-SSD/1.0.0'],
      [10, options.binding ?? (await digest('sha256', rak))],
      [2396, new Uint8Array(32).fill(1)],
      [256, Uint8Array.of(1, ...new Uint8Array(32).fill(2))],
      [2401, Uint8Array.of(3)],
      [2395, options.lifecycle ?? 0x3000],
      [
        2399,
        [
          new Map<number, Cbor>([
            [2, new Uint8Array(32).fill(4)],
            [5, new Uint8Array(32).fill(5)],
          ]),
        ],
      ],
      [2402, 'sha-256'],
    ]);
    const realm = new Map<number, Cbor>([
      [10, options.challenge ?? new Uint8Array(64)],
      [44235, new Uint8Array(64)],
      [44236, 'sha-256'],
      [44237, rak],
      [44238, new Uint8Array(32).fill(6)],
      [44239, Array.from({ length: 4 }, () => new Uint8Array(32))],
      [44240, options.bindingHash ?? 'sha-256'],
    ]);
    return {
      platform: await coseSign1(platform, platformKey, -35),
      realm: await coseSign1(realm, realmKey, -35),
    };
  };

  const cca = async (options: CcaOptions = {}): Promise<Uint8Array> => collectCca(await tokens(options));

  return { platformKey, realmKey, tokens, cca };
}
