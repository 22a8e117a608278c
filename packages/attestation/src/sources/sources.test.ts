import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  certificateTable,
  FAKE_NOW,
  FAKE_TO,
  type FakeAmd,
  type FakeIntel,
  fakeAmd,
  fakeIntel,
  makeCrl,
} from '@gaiwan/attestation-kit/machines';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import type { Endorsements, Evidence } from '../evidence.ts';
import { Refusal } from '../refusal.ts';
import { verify } from '../verify.ts';
import { fileSource, readEndorsements } from './files.ts';
import { amdSource, cachedSource, firstOf, intelSource, memorySource, SourceError } from './index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let url: string;
let handler: Handler;
let asked: string[];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
});

/** Answers of Intel's service for these endorsements. */
function pcs(endorsements: Endorsements, hex = false): Handler {
  const chain = encodeURIComponent(new TextDecoder().decode(endorsements.tcbSigningChain));
  const crl = (bytes: Uint8Array | undefined) => (hex ? toHex(bytes as Uint8Array) : bytes);
  return (request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    if (path.endsWith('/tcb')) response.setHeader('TCB-Info-Issuer-Chain', chain).end(endorsements.tcbInfo);
    else if (path.endsWith('/qe/identity'))
      response.setHeader('SGX-Enclave-Identity-Issuer-Chain', chain).end(endorsements.qeIdentity);
    else if (path.endsWith('/pckcrl')) response.end(crl(endorsements.pckCrl));
    else if (path.endsWith('/rootcacrl')) response.end(crl(endorsements.rootCrl));
    else response.writeHead(404).end();
  };
}

let intel: FakeIntel;
let amd: FakeAmd;
let endorsements: Awaited<ReturnType<FakeIntel['endorsements']>>;
let evidence: Evidence;
beforeAll(async () => {
  [intel, amd] = await Promise.all([fakeIntel(), fakeAmd()]);
  endorsements = await intel.endorsements('tdx');
  evidence = { kind: 'dcap', quote: await intel.quote() };
});
const silence = () => undefined;
const verdict = async (given: Evidence, found: Endorsements) =>
  (await verify(given, found, { at: FAKE_NOW, roots: { intel: [intel.root.der], amd: [amd.ark.der] } }))
    .verdict;

describe("Intel's service", () => {
  it.each([false, true])('gives what a quote needs (lists in hexadecimal: %s)', async (hex) => {
    handler = pcs(endorsements, hex);
    const found = await intelSource({ url: `${url}/`, update: 'early' }).endorsements(evidence);
    expect(await verdict(evidence, found)).toBe('verified');
    expect(asked.sort()).toEqual([
      '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
      '/sgx/certification/v4/rootcacrl',
      '/tdx/certification/v4/qe/identity?update=early',
      '/tdx/certification/v4/tcb?fmspc=50806f000000&update=early',
    ]);
  });

  it.each([
    ['not-found', (_request: IncomingMessage, response: ServerResponse) => response.writeHead(404).end()],
    [
      'rate-limited',
      (_request: IncomingMessage, response: ServerResponse) =>
        response.writeHead(429, { 'retry-after': '7' }).end(),
    ],
    ['bad-answer', (_request: IncomingMessage, response: ServerResponse) => response.writeHead(500).end()],
    ['bad-answer', (_request: IncomingMessage, response: ServerResponse) => response.end('{}')],
    [
      'bad-answer',
      (_request: IncomingMessage, response: ServerResponse) => response.end(new Uint8Array(5 * 1024 * 1024)),
    ],
    [
      'unreachable',
      (_request: IncomingMessage, response: ServerResponse) =>
        response.writeHead(302, { location: '/elsewhere' }).end(),
    ],
    ['unreachable', (request: IncomingMessage) => request.socket.destroy()],
    ['unreachable', silence],
  ] as const)('%s', async (code, answer) => {
    handler = answer as Handler;
    const failed = await intelSource({ url, ...(answer === silence && { timeout: 300 }) })
      .endorsements(evidence)
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SourceError);
    expect(failed).toMatchObject({ code, ...(code === 'rate-limited' && { retryAfter: 7 }) });
  });

  it('has nothing for others, and says what it needs of a quote without a certificate', async () => {
    const source = intelSource({ url });
    await expect(source.endorsements({ kind: 'snp', report: await amd.report() })).rejects.toMatchObject({
      code: 'wrong-kind',
    });
    const bare = await intel.quote({ certificationType: 3, certificationData: new Uint8Array(404) });
    await expect(source.endorsements({ kind: 'dcap', quote: bare })).rejects.toThrow(Refusal);
    expect(asked).toEqual([]);
  });
});

describe("AMD's service", () => {
  it('gives what a report needs, by chip and reported TCB', async () => {
    const own = await amd.endorsements();
    handler = (request, response) => {
      const path = request.url?.split('?')[0] ?? '';
      response.end(
        path.endsWith('/cert_chain') ? own.caChain : path.endsWith('/crl') ? own.amdCrl : own.endorsementKey,
      );
    };
    const report: Evidence = { kind: 'snp', report: await amd.report() };
    expect(await verdict(report, await amdSource({ url }).endorsements(report))).toBe('verified');
    expect(asked.sort()).toEqual([
      `/vcek/v1/Milan/${amd.chipId}?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219`,
      '/vcek/v1/Milan/cert_chain',
      '/vcek/v1/Milan/crl',
    ]);
  });

  it('asks for Turin by the short chip id and with the FMC', async () => {
    const turin = await fakeAmd({ product: 'Turin' });
    handler = (_request, response) => response.end();
    await amdSource({ url }).endorsements({ kind: 'snp', report: await turin.report() });
    expect(asked).toContain(
      `/vcek/v1/Turin/${'c1'.repeat(8)}?fmcSPL=01&blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219`,
    );
  });

  it('takes a VLEK from the host, and asks for the rest', async () => {
    const vlek = await fakeAmd({ kind: 'VLEK' });
    handler = (_request, response) => response.end();
    const report: Evidence = { kind: 'snp', report: await vlek.report() };
    await expect(amdSource({ url }).endorsements(report)).rejects.toMatchObject({
      code: 'missing-collateral',
    });
    const table = certificateTable([['a8074bc2-a25a-483e-aae6-39c045a0b8a1', vlek.leaf.der]]);
    const found = await amdSource({ url, certificateTable: table }).endorsements(report);
    expect(found.endorsementKey).toEqual(vlek.leaf.der);
    expect(asked.sort()).toEqual(['/vlek/v1/Milan/cert_chain', '/vlek/v1/Milan/crl']);
  });

  it('cannot ask for a chip that hides, nor for a product that is not told', async () => {
    const hidden: Evidence = {
      kind: 'snp',
      report: await amd.report({ chipId: '00'.repeat(64), keyInfo: 2 }),
    };
    await expect(amdSource({ url }).endorsements(hidden)).rejects.toMatchObject({
      code: 'missing-collateral',
    });
    const old: Evidence = { kind: 'snp', report: await amd.report({ version: 2 }) };
    await expect(amdSource({ url }).endorsements(old)).rejects.toMatchObject({
      code: 'missing-collateral',
    });
    handler = (_request, response) => response.end();
    await amdSource({ url, product: 'Milan' }).endorsements(old);
    expect(asked).toHaveLength(3);
  });
});

describe('a cache', () => {
  it('asks once for platforms of a kind, also at the same time, until the next update', async () => {
    let now = FAKE_NOW;
    const source = cachedSource(intelSource({ url }), {
      now: () => now,
      maximumAge: Number.POSITIVE_INFINITY,
    });
    handler = pcs(endorsements);
    const other: Evidence = { kind: 'dcap', quote: await intel.quote({ reportData: 'ab'.repeat(64) }) };
    await Promise.all([source.endorsements(evidence), source.endorsements(other)]);
    await source.endorsements(evidence);
    expect(asked).toHaveLength(4);
    now = FAKE_TO - 1;
    await source.endorsements(evidence);
    expect(asked).toHaveLength(4);
    now = FAKE_TO;
    await source.endorsements(evidence);
    expect(asked).toHaveLength(8);
  });

  it('does not remember failures, and grows old by itself', async () => {
    let now = FAKE_NOW;
    const source = cachedSource(intelSource({ url }), { now: () => now });
    handler = (_request, response) => response.writeHead(500).end();
    await expect(source.endorsements(evidence)).rejects.toThrow(SourceError);
    handler = pcs(endorsements);
    expect(await verdict(evidence, await source.endorsements(evidence))).toBe('verified');
    asked = [];
    now += 86_400_000;
    await source.endorsements(evidence);
    expect(asked).toHaveLength(4);
  });
});

describe('several sources, memory and files', () => {
  it('the first that has something', async () => {
    handler = pcs(endorsements);
    const both = firstOf(amdSource({ url }), intelSource({ url }));
    expect(await verdict(evidence, await both.endorsements(evidence))).toBe('verified');
    await expect(both.endorsements({ kind: 'nitro', document: new Uint8Array() })).rejects.toMatchObject({
      code: 'wrong-kind',
    });
    expect(await memorySource(endorsements).endorsements(evidence)).toBe(endorsements);
  });

  it('files are told by their content, and the ones that fit are chosen', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-endorsements-'));
    try {
      const own = await amd.endorsements();
      const [stranger, turin] = await Promise.all([
        fakeIntel({ fmspc: '00906ed50000' }),
        fakeAmd({ product: 'Turin' }),
      ]);
      const old = await intel.tcbInfo('tdx', {
        issueDate: '2024-01-01T00:00:00Z',
        nextUpdate: '2024-02-01T00:00:00Z',
      });
      const others = [
        old,
        await intel.tcbInfo('sgx'),
        await stranger.tcbInfo('tdx'),
        await intel.qeIdentity('sgx'),
        await makeCrl({ issuer: intel.root, from: 0, to: 1_000 }),
        ...Object.values(await turin.endorsements()),
        new TextEncoder().encode('no endorsement'),
        new Uint8Array(10),
      ];
      for (const [index, bytes] of [
        ...others,
        ...Object.values(endorsements),
        ...Object.values(own),
      ].entries()) {
        writeFileSync(join(folder, `file-${index}`), bytes);
      }
      const source = fileSource(folder, () => FAKE_NOW);
      expect(await verdict(evidence, await source.endorsements(evidence))).toBe('verified');
      const report: Evidence = { kind: 'snp', report: await amd.report({ version: 2 }) };
      expect(await verdict(report, await source.endorsements(report))).toBe('verified');
      // Where nothing fits, what comes near is given, so that verification can tell what is wrong with it.
      writeFileSync(join(folder, 'alone'), old);
      const { endorsements: found } = await readEndorsements(join(folder, 'alone'), evidence, FAKE_NOW);
      expect(
        await verify(
          evidence,
          { ...endorsements, ...found },
          { at: FAKE_NOW, roots: { intel: [intel.root.der] } },
        ),
      ).toMatchObject({ reason: 'tcb-info-expired' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the endorsements of real quotes, served by a server of ours', () => {
  const shared = new URL('../../../../../shared/attestation/vectors/', import.meta.url);
  const present = existsSync(shared);
  if (!present) console.warn('SKIPPED: shared/attestation/vectors is not on this machine: real endorsements');

  it.skipIf(!present)('verify as they were verified on their day', async () => {
    const read = (path: string) => new Uint8Array(readFileSync(new URL(path, shared)));
    const { vectors } = JSON.parse(readFileSync(new URL('index.json', shared), 'utf8')) as {
      vectors: {
        id: string;
        kind: string;
        files: Record<string, string>;
        collateral: Record<string, string>;
        verifyAt: string;
        expect: { verdict: string };
      }[];
    };
    const real = vectors.filter(
      ({ id, kind, expect: { verdict: wanted } }) =>
        /^(sgx|tdx)/.test(kind) && wanted === 'valid' && !id.includes('v2'),
    );
    expect(real.length).toBeGreaterThan(10);
    for (const { id, files, collateral, verifyAt } of real) {
      handler = pcs(Object.fromEntries(Object.entries(collateral).map(([name, path]) => [name, read(path)])));
      const given: Evidence = { kind: 'dcap', quote: read(files['quote'] as string) };
      const found = await intelSource({ url }).endorsements(given);
      expect((await verify(given, found, { at: new Date(verifyAt) })).verdict, id).toBe('verified');
    }
  });
});
