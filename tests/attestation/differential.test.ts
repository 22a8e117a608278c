/** Ours beside @phala/dcap-qvl on every DCAP vector: each disagreement is listed, with who is right, in the docs. */
import { existsSync, readFileSync } from 'node:fs';
import { parseCertificates, verify } from '@gaiwan/attestation';
import { describe, expect, it } from 'vitest';
import { phalaCollateral } from '../../bench/phala.ts';
import { without } from '../support/peers.ts';

const peer = await import('@phala/dcap-qvl').catch(without('@phala/dcap-qvl'));
const shared = new URL('../../../shared/attestation/vectors/', import.meta.url);
const present = existsSync(shared);
if (!present)
  console.warn('SKIPPED: shared/attestation/vectors is not on this machine: the differential run');

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly files: Record<string, string>;
  readonly collateral: Record<string, string>;
  readonly verifyAt: string | null;
}

const read = (path: string | undefined) =>
  path === undefined ? undefined : new Uint8Array(readFileSync(new URL(path, shared)));

function endorsementsOf({ files, collateral: c }: Vector) {
  const pck = read(files['pckCert']);
  const named = {
    tcbInfo: read(c['tcbInfo']),
    qeIdentity: read(c['qeIdentity']),
    tcbSigningChain: read(c['tcbSigningChain']),
    pckCrl: read(c['pckCrl']),
    rootCrl: read(c['rootCrl']),
    pckChain:
      pck &&
      new Uint8Array(
        Buffer.concat([pck, Buffer.from('\n'), read(files['pckIssuerChain']) ?? new Uint8Array()]),
      ),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

/** A status, or that it was refused; and why, for readers. */
interface Answer {
  readonly status: string;
  readonly why: string;
}

async function ours(vector: Vector, root: Uint8Array): Promise<Answer> {
  const quote = read(vector.files['quote']) as Uint8Array;
  const at = new Date(vector.verifyAt ?? '2026-01-01');
  const result = await verify({ kind: 'dcap', quote }, endorsementsOf(vector), {
    at,
    roots: { intel: [root] },
  });
  if (result.verdict === 'refused') return { status: 'refused', why: result.reason };
  return { status: result.kind === 'sgx' || result.kind === 'tdx' ? result.tcb.tcbStatus : '', why: '' };
}

function theirs(vector: Vector, root: Uint8Array): Answer {
  const [certificate] = parseCertificates(root);
  const seconds = Math.floor(Date.parse(vector.verifyAt ?? '2026-01-01') / 1000);
  try {
    if (!peer) throw new Error('it is not installed');
    const verifier = peer.QuoteVerifier.newWithRootCa(Buffer.from(certificate?.der ?? root));
    const quote = read(vector.files['quote']) as Uint8Array;
    const { status } = verifier.verify(quote, phalaCollateral(endorsementsOf(vector)) as never, seconds);
    return { status, why: '' };
  } catch (error) {
    return { status: 'refused', why: error instanceof Error ? error.message : String(error) };
  }
}

async function disagreements(): Promise<{ count: number; found: string[][] }> {
  const { vectors } = JSON.parse(readFileSync(new URL('index.json', shared), 'utf8')) as {
    vectors: Vector[];
  };
  const dcap = vectors.filter(
    ({ kind, collateral }) => /^(sgx-v3|tdx-v)/.test(kind) && collateral['tcbInfo'] !== undefined,
  );
  const found: string[][] = [];
  for (const vector of dcap) {
    const root = read(vector.collateral['rootCa']) as Uint8Array;
    const [a, b] = [await ours(vector, root), theirs(vector, root)];
    if (a.status !== b.status) found.push([vector.id, a.status, a.why, b.status, b.why]);
  }
  return { count: dcap.length, found };
}

describe.skipIf(!present || !peer)('@phala/dcap-qvl 0.3.9', () => {
  it('differs exactly where the docs say so', async () => {
    const { count, found } = await disagreements();
    console.log(`${count} DCAP vectors with endorsements, ${found.length} disagreements`);
    if (process.env['GAIWAN_PRINT_DIFFERENCES']) for (const row of found) console.log(row.join(' | '));
    const page = readFileSync(new URL('../../docs/attestation/differential.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| `([\w.-]+)` \| (\S+)[^|]*\| (\S+)/gm)].map(
      ([, id, own, other]) => `${id} ${own} ${other}`,
    );
    expect(listed.sort()).toEqual(found.map(([id, own, , other]) => `${id} ${own} ${other}`).sort());
  });
});
