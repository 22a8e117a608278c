/** A chip with AMD's shape: ARK, ASK or ASVK, VCEK or VLEK, list, and reports of any content. */

import type { Product, SnpEndorsements, TcbParts } from '@gaiwan/attestation';
import { concat, fromHex, isZero } from '@gaiwan/attestation/bytes';
import { ia5, int } from '../issue/der.ts';
import { ecKey, type SigningKey as FakeKey, rsaKey } from '../issue/keys.ts';
import { pem } from '../issue/x509.ts';
import {
  CA_USAGE,
  type CertificateOptions,
  makeCertificate,
  makeCrl,
  makeRoot,
  type RootOptions,
} from '../simulated/certificates.ts';

const AMD = '1.3.6.1.4.1.3704.1';

/** What a chip of AMD's shape is like; everything has a default. */
export interface AmdOptions {
  readonly product?: Product;
  readonly kind?: 'VCEK' | 'VLEK';
  readonly tcb?: TcbParts;
  /** Hexadecimal, 64 bytes. */
  readonly chipId?: string;
  /** Extensions to add or replace by their last arcs, e.g. "4"; null leaves one out. */
  readonly extensions?: Readonly<Record<string, Uint8Array | null>>;
  readonly leaf?: Partial<CertificateOptions>;
  readonly ask?: Partial<CertificateOptions>;
  readonly ark?: Partial<RootOptions>;
}

/** Fields of a report; hexadecimal unless numbers. */
export interface ReportOptions {
  readonly version?: number;
  readonly policy?: bigint;
  readonly vmpl?: number;
  readonly signatureAlgorithm?: number;
  readonly keyInfo?: number;
  readonly platformInfo?: bigint;
  readonly reportData?: string;
  readonly measurement?: string;
  readonly chipId?: string;
  readonly cpuid?: readonly [family: number, model: number, stepping: number];
  readonly reportedTcb?: TcbParts;
  readonly committedTcb?: TcbParts;
  readonly currentTcb?: TcbParts;
  readonly launchTcb?: TcbParts;
  readonly signer?: FakeKey;
}

const cpuids = { Milan: [0x19, 1, 1], Genoa: [0x19, 0x11, 1], Turin: [0x1a, 2, 1] } as const;
const defaultTcb = (product: Product): TcbParts => ({
  ...(product === 'Turin' && { fmc: 1 }),
  bootloader: 4,
  tee: 0,
  snp: 24,
  microcode: 219,
});

/** 8 bytes of a TCB version. */
export function encodeTcb(
  { fmc = 0, bootloader, tee, snp, microcode }: TcbParts,
  product: Product,
): Uint8Array {
  return product === 'Turin'
    ? Uint8Array.of(fmc, bootloader, tee, snp, 0, 0, 0, microcode)
    : Uint8Array.of(bootloader, tee, 0, 0, 0, 0, snp, microcode);
}

function leafExtensions(
  options: AmdOptions,
  product: Product,
  tcb: TcbParts,
  chipId: string,
): Record<string, Uint8Array> {
  const hwId = fromHex(chipId).subarray(0, product === 'Turin' ? 8 : 64);
  const values: Record<string, Uint8Array | null> = {
    '1': int(product === 'Turin' ? 1 : 0),
    '2': ia5(`${product}-B0`),
    '3.1': int(tcb.bootloader),
    '3.2': int(tcb.tee),
    '3.3': int(tcb.snp),
    '3.8': int(tcb.microcode),
    ...(product === 'Turin' && { '3.9': int(tcb.fmc ?? 0) }),
    ...(options.kind === 'VLEK' ? { '5': ia5('CN=cc-test-1.example') } : { '4': hwId }),
    ...options.extensions,
  };
  const kept = Object.entries(values).filter((entry): entry is [string, Uint8Array] => entry[1] !== null);
  return Object.fromEntries(kept.map(([arc, value]) => [`${AMD}.${arc}`, value]));
}

const little = (number: Uint8Array): Uint8Array =>
  concat(Uint8Array.from(number).reverse(), new Uint8Array(72 - number.length));

/**
 * Makes a chip. Everything it signs is genuine under `ark`, and under no other root.
 *
 * @example
 * const amd = await fakeAmd({ product: 'Genoa' });
 * await verify({ kind: 'snp', report: await amd.report() }, await amd.endorsements(), {
 *   at: FAKE_NOW,
 *   roots: { amd: [amd.ark.der] },
 * });
 */
export async function fakeAmd(options: AmdOptions = {}) {
  const { product = 'Milan', kind = 'VCEK' } = options;
  const tcb = options.tcb ?? defaultTcb(product);
  const chipId = options.chipId ?? (product === 'Turin' ? 'c1'.repeat(8) + '00'.repeat(56) : 'c1'.repeat(64));
  const [arkKey, askKey, leafKey] = await Promise.all([rsaKey('pss'), rsaKey('pss'), ecKey('P-384')]);
  const ark = await makeRoot({ subject: `ARK-${product}`, key: arkKey, ...options.ark });
  const ask = await makeCertificate({
    subject: kind === 'VCEK' ? `SEV-${product}` : `SEV-VLEK-${product}`,
    key: askKey,
    issuer: ark,
    ca: true,
    pathLength: 0,
    keyUsage: CA_USAGE,
    ...options.ask,
  });
  const leaf = await makeCertificate({
    subject: `SEV-${kind}`,
    key: leafKey,
    issuer: ask,
    extensions: leafExtensions(options, product, tcb, chipId),
    ...options.leaf,
  });

  const report = async (given: ReportOptions = {}): Promise<Uint8Array> => {
    const bytes = new Uint8Array(1184);
    const view = new DataView(bytes.buffer);
    const { version = 3, reportedTcb = tcb } = given;
    view.setUint32(0, version, true);
    view.setBigUint64(8, given.policy ?? 0x30000n, true);
    view.setUint32(0x30, given.vmpl ?? 0, true);
    view.setUint32(0x34, given.signatureAlgorithm ?? 1, true);
    bytes.set(encodeTcb(given.currentTcb ?? reportedTcb, product), 0x38);
    view.setBigUint64(0x40, given.platformInfo ?? 0x25n, true);
    view.setUint32(0x48, given.keyInfo ?? (kind === 'VCEK' ? 0 : 4), true);
    if (given.reportData !== undefined) bytes.set(fromHex(given.reportData), 0x50);
    bytes.set(fromHex(given.measurement ?? '3e'.repeat(48)), 0x90);
    bytes.set(encodeTcb(reportedTcb, product), 0x180);
    if (version !== 2) bytes.set(given.cpuid ?? cpuids[product], 0x188);
    bytes.set(fromHex(given.chipId ?? (kind === 'VCEK' ? chipId : '00'.repeat(64))), 0x1a0);
    bytes.set(encodeTcb(given.committedTcb ?? reportedTcb, product), 0x1e0);
    bytes.set(encodeTcb(given.launchTcb ?? reportedTcb, product), 0x1f0);
    const signature = await (given.signer ?? leafKey).sign(bytes.subarray(0, 0x2a0));
    bytes.set(little(signature.subarray(0, 48)), 0x2a0);
    bytes.set(little(signature.subarray(48)), 0x2e8);
    return bytes;
  };

  const endorsements = async (): Promise<Required<Omit<SnpEndorsements, 'certificateTable'>>> => ({
    endorsementKey: leaf.der,
    caChain: pem(ask.der, ark.der),
    amdCrl: await makeCrl({ issuer: ark }),
  });

  return { product, tcb, chipId, ark, ask, leaf, report, endorsements };
}

/** What `fakeAmd` makes. */
export type FakeAmd = Awaited<ReturnType<typeof fakeAmd>>;

/** A certificate table as hosts hand it to guests. */
export function certificateTable(entries: readonly (readonly [guid: string, der: Uint8Array])[]): Uint8Array {
  let offset = 24 * (entries.length + 1);
  const headers: Uint8Array[] = [];
  for (const [guid, der] of entries) {
    const groups = guid.split('-').map(fromHex);
    const id = concat(
      ...groups.map((group, index) => (index < 3 ? Uint8Array.from(group).reverse() : group)),
    );
    const entry = new Uint8Array(24);
    entry.set(id);
    new DataView(entry.buffer).setUint32(16, offset, true);
    new DataView(entry.buffer).setUint32(20, der.length, true);
    headers.push(entry);
    offset += der.length;
  }
  if (headers.some((entry) => isZero(entry.subarray(0, 16))))
    throw new TypeError('A zero GUID ends the table: no entry can have it.');
  return concat(...headers, new Uint8Array(24), ...entries.map(([, der]) => der));
}
