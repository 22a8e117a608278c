/** A Nitro hypervisor with AWS's shape: root, three CAs, leaf, and documents of any content. */
import { type Cbor, encodeCbor, Tagged } from '@gaiwan/attestation/cbor';
import { keyUsage } from '@gaiwan/attestation/x509';
import { ecKey, type SigningKey as FakeKey } from '../issue/keys.ts';
import {
  CA_USAGE,
  type CertificateOptions,
  FAKE_NOW,
  type FakeCertificate,
  makeCertificate,
  makeRoot,
  type RootOptions,
} from '../simulated/certificates.ts';

const HOUR = 3_600_000;

/** What a Nitro hypervisor of AWS's shape is like. */
export interface AwsOptions {
  /** Changes to the certificates: regional, zonal and instance CA, leaf. */
  readonly certificates?: readonly Partial<CertificateOptions>[];
  readonly root?: Partial<RootOptions>;
}

/** Content of a Nitro document; everything has a default. */
export interface DocumentOptions {
  /** Members that replace the usual ones; undefined leaves one out. */
  readonly fields?: Readonly<Record<string, Cbor>>;
  readonly protectedHeader?: Uint8Array;
  readonly unprotectedHeader?: ReadonlyMap<number, Cbor>;
  readonly tagged?: boolean;
  /** The payload instead of an encoded map. */
  readonly payload?: Uint8Array;
  readonly signer?: FakeKey;
}

/**
 * Makes a hypervisor. Its leaf lives three hours around `FAKE_NOW`; everything it signs is genuine under `root`, and under no other.
 *
 * @example
 * const aws = await fakeAws();
 * await verify({ kind: 'nitro', document: await aws.document() }, {}, {
 *   at: FAKE_NOW,
 *   roots: { aws: [aws.root.der] },
 * });
 */
export async function fakeAws(given: AwsOptions = {}) {
  const { certificates: changes = [] } = given;
  const rootKey = await ecKey('P-384');
  const root = await makeRoot({ subject: 'aws.nitro-enclaves', key: rootKey, ...given.root });
  const shapes: readonly Omit<CertificateOptions, 'key' | 'issuer'>[] = [
    { subject: 'regional', ca: true, pathLength: 2, keyUsage: CA_USAGE },
    { subject: 'zonal', ca: true, pathLength: 1, keyUsage: CA_USAGE },
    { subject: 'instance', ca: true, pathLength: 0, keyUsage: CA_USAGE },
    {
      subject: 'enclave',
      ca: false,
      keyUsage: keyUsage.digitalSignature,
      from: FAKE_NOW - HOUR,
      to: FAKE_NOW + 2 * HOUR,
    },
  ];
  const chain: FakeCertificate[] = [root];
  let leaf = root;
  for (const [index, shape] of shapes.entries()) {
    const issuer = leaf;
    leaf = await makeCertificate({ ...shape, key: await ecKey('P-384'), issuer, ...changes[index] });
    chain.push(leaf);
  }

  const fields: Record<string, Cbor> = {
    module_id: 'i-0123456789abcdef0-enc0123456789abcdef',
    digest: 'SHA384',
    timestamp: FAKE_NOW,
    pcrs: new Map<number, Cbor>(
      Array.from({ length: 16 }, (_, i) => [i, new Uint8Array(48).fill(i < 3 ? i + 1 : 0)]),
    ),
    certificate: leaf.der,
    cabundle: chain.slice(0, -1).map(({ der }) => der),
    public_key: null,
    user_data: null,
    nonce: null,
  };

  const document = async (given: DocumentOptions = {}): Promise<Uint8Array> => {
    const members = Object.entries({ ...fields, ...given.fields }).filter(([, value]) => value !== undefined);
    const payload = given.payload ?? encodeCbor(new Map<string, Cbor>(members));
    const protectedHeader = given.protectedHeader ?? encodeCbor(new Map<number, Cbor>([[1, -35]]));
    const signed = encodeCbor(['Signature1', protectedHeader, new Uint8Array(), payload]);
    const signature = await (given.signer ?? leaf.key).sign(signed);
    const message: Cbor = [
      protectedHeader,
      given.unprotectedHeader ?? new Map<number, Cbor>(),
      payload,
      signature,
    ];
    return encodeCbor(given.tagged ? new Tagged(18, message) : message);
  };

  return { root, chain, leaf, fields, document };
}

/** What `fakeAws` makes. */
export type FakeAws = Awaited<ReturnType<typeof fakeAws>>;
