/** Certificates of Intel's shape: root, PCK CA, PCK, TCB signer ("SGX PCK Certificate and CRL Profile Specification"). */
import { fromHex } from '@gaiwan/attestation/bytes';
import { element, tag } from '@gaiwan/attestation/der';
import { boolean, int, octets, oid, sequence } from '../issue/der.ts';
import { ecKey, type SigningKey } from '../issue/keys.ts';
import {
  CA_USAGE,
  type CertificateOptions,
  FAKE_FROM,
  FAKE_TO,
  type FakeCertificate,
  makeCertificate,
  makeRoot,
  type RootOptions,
} from './certificates.ts';

const SGX = '1.2.840.113741.1.13.1';
/** digitalSignature and nonRepudiation. */
const LEAF_USAGE = 0xc0;

/** The keys of a machine and of those who vouch for it. P-256 all. */
export interface IntelKeys {
  readonly root: SigningKey;
  readonly pckCa: SigningKey;
  readonly pck: SigningKey;
  readonly tcbSigner: SigningKey;
  readonly attestation: SigningKey;
}

/** What a machine of Intel's shape is like; everything has a default. */
export interface IntelOptions {
  /** Hexadecimal. */
  readonly fmspc?: string;
  /** Hexadecimal. */
  readonly pceId?: string;
  /** 16 components of the PCK. */
  readonly components?: readonly number[];
  readonly pceSvn?: number;
  /** Keys of an earlier machine; made anew where absent. */
  readonly keys?: Partial<IntelKeys>;
  /** Organization in the subjects of all certificates. */
  readonly organization?: string;
  /** Validity of everything that is signed. */
  readonly from?: number;
  readonly to?: number;
  /** Changes to single certificates. */
  readonly pck?: Partial<CertificateOptions>;
  readonly pckCa?: Partial<CertificateOptions>;
  readonly root?: Partial<RootOptions>;
  readonly tcbSigner?: Partial<CertificateOptions>;
}

/** Kind of platform, unless said otherwise. */
export const FMSPC = '50806f000000';
/** Provisioning certification enclave, unless said otherwise. */
export const PCE_ID = '0000';

/** The values of the platform, as the PCK's extension holds them. */
function sgxExtension(options: IntelOptions): Uint8Array {
  const components = options.components ?? Array.from({ length: 16 }, () => 5);
  const pair = (arc: string, value: Uint8Array) => sequence(oid(`${SGX}.${arc}`), value);
  return sequence(
    pair('1', octets(new Uint8Array(16).fill(7))),
    pair(
      '2',
      sequence(
        ...components.map((svn, index) => pair(`2.${index + 1}`, int(svn))),
        pair('2.17', int(options.pceSvn ?? 11)),
        pair('2.18', octets(Uint8Array.from(components))),
      ),
    ),
    pair('3', octets(fromHex(options.pceId ?? PCE_ID))),
    pair('4', octets(fromHex(options.fmspc ?? FMSPC))),
    pair('5', element(tag.enumerated, Uint8Array.of(1))),
    pair('6', octets(new Uint8Array(16).fill(9))),
    pair('7', sequence(...['1', '2', '3'].map((arc) => pair(`7.${arc}`, boolean(true))))),
  );
}

/** Those that were given, and new ones for the others. */
export async function intelKeys(given: Partial<IntelKeys> = {}): Promise<IntelKeys> {
  const keyOr = (own: SigningKey | undefined) => own ?? ecKey('P-256');
  const [root, pckCa, pck, tcbSigner, attestation] = await Promise.all([
    keyOr(given.root),
    keyOr(given.pckCa),
    keyOr(given.pck),
    keyOr(given.tcbSigner),
    keyOr(given.attestation),
  ]);
  return { root, pckCa, pck, tcbSigner, attestation };
}

/** The certificates that vouch for a machine. */
export interface IntelPki {
  readonly root: FakeCertificate;
  readonly pckCa: FakeCertificate;
  readonly pck: FakeCertificate;
  readonly tcbSigner: FakeCertificate;
}

/** Issues them. */
export async function issueIntelPki(options: IntelOptions, keys: IntelKeys): Promise<IntelPki> {
  const { organization, from = FAKE_FROM, to = FAKE_TO } = options;
  const named = (commonName: string) => ({
    subject: organization === undefined ? commonName : `O=${organization}, CN=${commonName}`,
    from,
    to,
  });
  const authority = { ca: true, keyUsage: CA_USAGE };
  const leaf = { ca: false, keyUsage: LEAF_USAGE };
  const root = await makeRoot({
    ...named('Intel SGX Root CA'),
    key: keys.root,
    pathLength: 1,
    ...options.root,
  });
  const pckCa = await makeCertificate({
    ...named('Intel SGX PCK Platform CA'),
    ...authority,
    key: keys.pckCa,
    issuer: root,
    pathLength: 0,
    ...options.pckCa,
  });
  const pck = await makeCertificate({
    ...named('Intel SGX PCK Certificate'),
    ...leaf,
    key: keys.pck,
    issuer: pckCa,
    extensions: { [SGX]: sgxExtension(options) },
    ...options.pck,
  });
  const tcbSigner = await makeCertificate({
    ...named('Intel SGX TCB Signing'),
    ...leaf,
    key: keys.tcbSigner,
    issuer: root,
    ...options.tcbSigner,
  });
  return { root, pckCa, pck, tcbSigner };
}
