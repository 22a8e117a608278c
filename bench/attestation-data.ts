/** Evidence to verify: real vectors where this machine has them, else that of fake machines. */
import { existsSync, readFileSync } from 'node:fs';
import type { Endorsements, Evidence, Roots } from '@gaiwan/attestation';
import { FAKE_NOW, fakeAmd, fakeAws, fakeIntel } from '@gaiwan/attestation-kit/machines';

export interface Case {
  readonly name: string;
  readonly evidence: Evidence;
  readonly endorsements: Endorsements;
  readonly roots: Roots;
  readonly at: number;
  /** Signatures that verification cannot do without, by curve or kind. */
  readonly floor: Readonly<Record<'p256' | 'p384' | 'rsa4096', number>>;
  /** Milliseconds that verification shall take at most: uncached, cached. */
  readonly target: number;
  readonly cachedTarget?: number;
  readonly real: boolean;
}

const shared = new URL('../../shared/attestation/vectors/', import.meta.url);

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly files: Record<string, string>;
  readonly collateral: Record<string, string>;
  readonly verifyAt: string;
}

const dcap = { floor: { p256: 10, p384: 0, rsa4096: 0 }, target: 1, cachedTarget: 0.25 };
const snp = { floor: { p256: 0, p384: 1, rsa4096: 3 }, target: 0.9 };
const nitro = { floor: { p256: 0, p384: 5, rsa4096: 0 }, target: 3 };

function realCases(): Case[] {
  const read = (path: string | undefined) =>
    path === undefined ? undefined : new Uint8Array(readFileSync(new URL(path, shared)));
  const { vectors } = JSON.parse(readFileSync(new URL('index.json', shared), 'utf8')) as {
    vectors: Vector[];
  };
  const wanted = [
    ['SGX v3', 'sgx3-00606a000000-swh'],
    ['TDX v4', 'tdx4-b0c06f000000-uptodate'],
    ['TDX v5', 'tdx5-90c06f000000-uptodate'],
    ['SNP', 'snp3-genoa-azure'],
    ['Nitro', 'nitro-nautilus-weather'],
  ] as const;
  return wanted.map(([name, id]) => {
    const vector = vectors.find((candidate) => candidate.id === id) as Vector;
    const { files, collateral: c } = vector;
    const quote = read(files['quote']);
    const report = read(files['report']);
    const named = {
      tcbInfo: read(c['tcbInfo']),
      qeIdentity: read(c['qeIdentity']),
      tcbSigningChain: read(c['tcbSigningChain']),
      pckCrl: read(c['pckCrl']),
      rootCrl: read(c['rootCrl']),
      endorsementKey: read(c['endorsementKeyCert']),
      caChain: read(c['caChain']),
    };
    const evidence: Evidence = quote
      ? { kind: 'dcap', quote }
      : report
        ? { kind: 'snp', report }
        : { kind: 'nitro', document: read(files['document']) as Uint8Array };
    return {
      name,
      evidence,
      endorsements: Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
      roots: {},
      at: Date.parse(vector.verifyAt),
      ...(quote ? dcap : report ? snp : nitro),
      real: true,
    };
  });
}

async function fakeCases(): Promise<Case[]> {
  const [intel, amd, aws] = await Promise.all([fakeIntel(), fakeAmd(), fakeAws()]);
  const roots = { intel: [intel.root.der], amd: [amd.ark.der], aws: [aws.root.der] };
  const common = { roots, at: FAKE_NOW, real: false };
  return [
    {
      name: 'SGX v3 (fake)',
      evidence: { kind: 'dcap', quote: await intel.quote({ tee: 'sgx' }) },
      endorsements: await intel.endorsements('sgx'),
      ...common,
      ...dcap,
    },
    {
      name: 'TDX v4 (fake)',
      evidence: { kind: 'dcap', quote: await intel.quote() },
      endorsements: await intel.endorsements('tdx'),
      ...common,
      ...dcap,
    },
    {
      name: 'SNP (fake, RSA-2048)',
      evidence: { kind: 'snp', report: await amd.report() },
      endorsements: await amd.endorsements(),
      ...common,
      ...snp,
    },
    {
      name: 'Nitro (fake)',
      evidence: { kind: 'nitro', document: await aws.document() },
      endorsements: {},
      ...common,
      ...nitro,
    },
  ];
}

export function cases(): Case[] | Promise<Case[]> {
  if (existsSync(shared)) return realCases();
  console.log('real vectors are not on this machine: fake machines are verified');
  return fakeCases();
}
