import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { appraise, detect, TAGGED_EVIDENCE, TEACLAVE_REPORT, verify } from '@gaiwan/attestation';
import { createSimulation, openSimulation } from '@gaiwan/enclave';
import {
  AttestedAgent,
  compositeMeasurement,
  PeerVerifier,
  presentedCertificate,
  simulatedRegisters,
  simulationTrust,
} from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { recordTo } from '../packages/trust/src/testing/recorder.ts';
import { gaiwanBin, NO_WORKER, TestPlatform, temporaryFolder } from './support/platform.ts';
import { parsePositionally, verifyReport } from './support/teaclave-client.ts';

const NETSCAPE_COMMENT = '6086480186f842010d';
const folder = temporaryFolder();
const machine = join(folder, 'machine');
const program = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
const registers = simulatedRegisters(program);
const policyFile = join(folder, 'policy.json');

interface Service {
  readonly url: string;
  readonly registers: Record<string, string>;
  stop(): Promise<void>;
}

async function startService(data: string, ...more: readonly string[]): Promise<Service> {
  const args = [
    'attestation-service',
    '--data',
    data,
    '--tee',
    'simulation',
    '--simulation',
    machine,
    '--port',
    '0',
  ];
  const child: ChildProcess = spawn(process.execPath, [gaiwanBin, ...args, '--json', ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const ready = JSON.parse(line) as Omit<Service, 'stop'>;
    return {
      ...ready,
      async stop() {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await gone;
      },
    };
  }
  throw new Error('the service did not start');
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

let agent: AttestedAgent;
async function call(
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(new URL(path, service.url), { method, agent });
    sent
      .once('response', resolve)
      .once('error', reject)
      .end(body === undefined ? undefined : text);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}
const parsed = (answer: Answer) => JSON.parse(answer.body.toString()) as Record<string, unknown>;

let service: Service;
let quote: (measured?: typeof program) => Promise<string>;
beforeAll(async () => {
  await createSimulation(machine, { now: Date.now() });
  writeFileSync(policyFile, JSON.stringify({ measurements: [registers] }));
  service = await startService(join(folder, 'data'), '--policy', policyFile);
  const { attester } = await openSimulation(machine);
  quote = async (measured = program) => {
    const { evidence } = await attester(measured).evidence(new Uint8Array(64).fill(7));
    return Buffer.from((evidence as { quote: Uint8Array }).quote).toString('base64');
  };
  // Its own certificate is attested: whoever talks to it can know what it runs.
  const verifier = new PeerVerifier({
    ...(await simulationTrust(machine)),
    policies: [{ measurements: [service.registers] }],
  });
  agent = new AttestedAgent({ port: Number(new URL(service.url).port), verifier });
});
afterAll(async () => {
  agent.destroy();
  await service.stop();
});

describe('a result', () => {
  const verified = async (token: string) => {
    const jwks = parsed(await call('/.well-known/jwks.json')) as { keys: object[] };
    const results = { keys: jwks } as never;
    const outcome = await verify({ kind: 'ear', token }, { results }, { at: Date.now() });
    if (outcome.verdict !== 'verified') throw new Error(outcome.message);
    return outcome;
  };
  const ear = async (more: object = {}) => {
    const answer = await call('/v1/appraise', { evidence: await quote(), ...more });
    expect(answer.headers['content-type']).toBe('application/eat+jwt');
    return answer.body.toString();
  };

  it('affirms what the policy accepts, for a nonce of the relying party, and expires', async () => {
    const nonce = Buffer.from('a nonce of mine').toString('base64url');
    const result = await verified(await ear({ nonce }));
    const wanted = { nonce: Buffer.from('a nonce of mine').toString('hex') };
    expect(appraise(result, wanted).verdict).toBe('accepted');
    expect(appraise(result, { nonce: 'ff' }).verdict).toBe('refused');
    expect(result).toMatchObject({
      ear: {
        status: 'affirming',
        verifier: { developer: 'gaiwan', build: expect.stringContaining('SIMULATION') },
        submodules: { tdx: { vector: { 'instance-identity': 2, hardware: 2, executables: 2 } } },
      },
    });
    const payload = result.claims['payload'] as { exp: number; iat: number };
    expect(payload.exp - payload.iat).toBe(300);
  });

  it('of another program says so, and is not affirming', async () => {
    const evidence = await quote({ ...program, bundle: '00'.repeat(32) });
    const result = await verified(await ear({ evidence }));
    expect(appraise(result, {})).toMatchObject({ verdict: 'refused' });
    expect(result).toMatchObject({
      ear: { status: 'contraindicated', submodules: { tdx: { vector: { executables: 33, hardware: 2 } } } },
      claims: { payload: { gaiwan_refusal: { reason: 'policy-measurement' } } },
    });
  });

  it('of a forged quote says that nothing of it is authentic', async () => {
    const bytes = Buffer.from(await quote(), 'base64');
    bytes[200] = (bytes[200] as number) ^ 1;
    const result = await verified(await ear({ evidence: bytes.toString('base64') }));
    expect(result).toMatchObject({
      ear: { status: 'contraindicated', submodules: { dcap: { vector: { 'instance-identity': 99 } } } },
      claims: { payload: { gaiwan_refusal: { reason: 'quote-signature' } } },
    });
  });

  it('takes endorsements that prove themselves, and none that would have to be believed', async () => {
    const { endorsements } = await openSimulation(machine);
    const given = Object.fromEntries(
      Object.entries(endorsements).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
    );
    const good = await verified(await ear({ endorsements: given }));
    expect(good).toMatchObject({ ear: { status: 'affirming' } });
    // The service's own count first: what a caller leaves out is there all the same.
    const { tcbInfo: _left, ...lacking } = given;
    const without = await verified(await ear({ endorsements: lacking }));
    expect(without).toMatchObject({ ear: { status: 'affirming' } });
    const key = Buffer.alloc(91).toString('base64');
    for (const name of ['trustedAk', 'publicKey', 'results', 'activatedName']) {
      const refused = await call('/v1/appraise', { evidence: await quote(), endorsements: { [name]: key } });
      expect(refused.status).toBe(400);
      expect(parsed(refused)).toMatchObject({ code: 'bad-request' });
    }
  });
});

describe('a report', () => {
  const post = async (isvEnclaveQuote: string) => call('/sgx/dev/attestation/v4/report', { isvEnclaveQuote });

  it('has the form and the headers that Teaclave’s clients read', async () => {
    const answer = await post(await quote());
    expect(answer.status).toBe(200);
    expect(answer.headers['transfer-encoding']).toBeUndefined();
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    const certificate = decodeURIComponent(String(answer.headers['x-dcapreport-signing-certificate']));
    const leaf = new X509Certificate(certificate);
    const root = new X509Certificate((await call('/report-root.pem')).body);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(root.subject).toContain('SIMULATION');
    expect(leaf.subject).toContain('SIMULATION');
    expect(parsed(answer)).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      isvEnclaveQuoteStatus: 'OK',
      version: 4,
      simulation: true,
    });
  });

  it('is about any program: its measurement is for the client to compare', async () => {
    const other = { ...program, bundle: '00'.repeat(32) };
    const answer = await post(await quote(other));
    const body = Buffer.from(String(parsed(answer)['isvEnclaveQuoteBody']), 'base64');
    expect(body.length).toBe(432);
    expect(body.toString('hex', 112, 144)).toBe(compositeMeasurement({ ...simulatedRegisters(other) }));
    expect(body.subarray(368)).toEqual(Buffer.alloc(64, 7));
  });

  it('is not made of what is forged', async () => {
    const bytes = Buffer.from(await quote(), 'base64');
    bytes[400] = (bytes[400] as number) ^ 1;
    const answer = await post(bytes.toString('base64'));
    expect(answer.status).toBe(400);
    expect(parsed(answer)).toMatchObject({ code: 'quote-signature' });
  });
});

describe('bad requests', () => {
  it.each([
    ['no JSON', '/v1/appraise', '{', 400, 'bad-request'],
    ['a list', '/v1/appraise', [], 400, 'bad-request'],
    ['no evidence', '/v1/appraise', {}, 400, 'bad-request'],
    ['no base64', '/v1/appraise', { evidence: '!' }, 400, 'bad-request'],
    ['no evidence in it', '/v1/appraise', { evidence: 'aGVsbG8=' }, 400, 'malformed'],
    [
      'a nonce that is too long',
      '/v1/appraise',
      { evidence: 'aGVsbG8=', nonce: 'x'.repeat(201) },
      400,
      'bad-request',
    ],
    ['a large body', '/v1/appraise', 'x'.repeat((1 << 20) + 1), 413, 'too-much'],
    ['no quote', '/sgx/dev/attestation/v4/report', { quote: 'aGVsbG8=' }, 400, 'bad-request'],
    ['an unknown path', '/v2', {}, 404, 'not-found'],
  ])('%s', async (_what, path, body, status, code) => {
    const answer = await call(path, body);
    expect(answer.status).toBe(status);
    expect(parsed(answer)).toMatchObject({ code });
  });

  it('another method', async () => {
    expect((await call('/v1/appraise')).status).toBe(405);
    expect((await call('/.well-known/jwks.json', {})).status).toBe(405);
  });
});

describe('the service', () => {
  it('keeps its keys over a restart, and makes others nowhere else', async () => {
    const jwks = async () => parsed(await call('/.well-known/jwks.json'));
    const before = { jwks: await jwks(), root: (await call('/report-root.pem')).body.toString() };
    await service.stop();
    service = await startService(join(folder, 'data'), '--policy', policyFile);
    agent.destroy();
    const verifier = new PeerVerifier({
      ...(await simulationTrust(machine)),
      policies: [{ measurements: [service.registers] }],
    });
    agent = new AttestedAgent({ port: Number(new URL(service.url).port), verifier });
    expect({ jwks: await jwks(), root: (await call('/report-root.pem')).body.toString() }).toEqual(before);
  });

  it('is told nothing by a platform that expects another program there', async () => {
    const policy = join(folder, 'another.json');
    writeFileSync(policy, JSON.stringify({ measurements: [registers] }));
    const recorder = await recordTo(Number(new URL(service.url).port));
    onTestFinished(() => recorder.close());
    const url = `https://127.0.0.1:${recorder.port}`;
    const flags = ['--attestation-service', url, '--attestation-service-policy', policy, ...NO_WORKER];
    await expect(TestPlatform.start(flags, { machine })).rejects.toThrow(
      /"code":"failed".* Not accepted: mrTd /,
    );
    expect(recorder.applicationBytes()).toBe(0);
  });

  it('lets its operator say how often one may ask', async () => {
    const slow = await startService(join(folder, 'slow'), '--rate', '1');
    onTestFinished(() => slow.stop());
    const verifier = new PeerVerifier({
      ...(await simulationTrust(machine)),
      policies: [{ measurements: [slow.registers] }],
    });
    const own = new AttestedAgent({ port: Number(new URL(slow.url).port), verifier });
    onTestFinished(() => own.destroy());
    const ask = async () => {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = request(new URL('/report-root.pem', slow.url), { agent: own }, resolve);
        sent.once('error', reject).end();
      });
      answer.resume();
      return answer.statusCode;
    };
    expect(await ask()).toBe(200);
    // By default, 40 at once would do.
    const asks = () => Promise.all(Array.from({ length: 20 }, ask));
    await expect.poll(asks).toContain(429);
  });
});

describe('Teaclave’s clients', () => {
  const accepted = (platform: TestPlatform) => {
    const { measurements } = JSON.parse(readFileSync(platform.policy, 'utf8')) as {
      measurements: Record<string, string>[];
    };
    return { mrEnclave: compositeMeasurement(measurements[0] ?? {}), mrSigner: '00'.repeat(32) };
  };
  const certificateOf = async (url: string) =>
    Buffer.from(await presentedCertificate({ port: Number(new URL(url).port) }));
  /** The platform runs on the machine that the service vouches for. */
  const start = async (...extra: readonly string[]) => {
    const policy = join(folder, 'service.json');
    writeFileSync(policy, JSON.stringify({ measurements: [service.registers] }));
    const told = ['--attestation-service', service.url, '--attestation-service-policy', policy];
    const flags = [...told, ...NO_WORKER, ...extra];
    const platform = await TestPlatform.start(flags, { machine });
    onTestFinished(() => platform.stop());
    const root = (await call('/report-root.pem')).body.toString();
    return { platform, root };
  };

  it('find the report in the first extension, beside the evidence for everybody else', async () => {
    const { platform, root } = await start();
    for (const url of [platform.authentication, platform.frontend]) {
      const certificate = parsePositionally(await certificateOf(url));
      expect(certificate.extensions[0]?.oid).toBe(NETSCAPE_COMMENT);
      expect(certificate.extensions.length).toBeGreaterThan(1);
      const report = verifyReport(certificate, root, accepted(platform));
      expect(report.isvEnclaveQuoteStatus).toBe('OK');
      expect(() =>
        verifyReport(certificate, root, { ...accepted(platform), mrEnclave: '00'.repeat(32) }),
      ).toThrow('measurement');
    }
    using client = await platform.connect('admin');
    expect((await client.verify()).frontend.verified.inner.kind).toBe('tdx');
  });

  it('get a certificate of exactly their form with --legacy-certificate', async () => {
    const { platform, root } = await start('--legacy-certificate');
    const der = await certificateOf(platform.frontend);
    const certificate = parsePositionally(der);
    expect(certificate).toMatchObject({
      serial: '01',
      issuer: 'Teaclave',
      subject: 'CN=Teaclave SIMULATION',
    });
    expect(certificate.extensions.map(({ oid }) => oid)).toEqual([NETSCAPE_COMMENT]);
    verifyReport(certificate, root, accepted(platform));
    const parsedLeaf = new X509Certificate(der);
    const days = (Date.parse(parsedLeaf.validTo) - Date.parse(parsedLeaf.validFrom)) / 86_400_000;
    expect(days).toBe(90);
    expect(parsedLeaf.verify(parsedLeaf.publicKey)).toBe(true);
    // Nobody else can judge it, and nobody else gets in.
    using client = await platform.connect();
    await expect(client.login('admin', 'a test password')).rejects.toMatchObject({
      code: 'untrusted-server',
    });
  });

  it('of simulated builds find empty arrays where no service signs', async () => {
    const platform = await TestPlatform.start(['--legacy-certificate', ...NO_WORKER]);
    onTestFinished(() => platform.stop());
    const { extensions } = parsePositionally(await certificateOf(platform.frontend));
    expect(JSON.parse(extensions[0]?.value.toString() ?? '')).toEqual({
      report: [],
      signature: [],
      certs: [],
    });
  });

  it('are told apart by object identifiers that the contract names', () => {
    expect(TEACLAVE_REPORT).toBe('2.16.840.1.113730.1.13');
    expect(TAGGED_EVIDENCE).toBe('2.23.133.5.4.9');
    expect(() => detect(Buffer.from('hello'))).toThrow();
  });
});

/** The last of this file: nobody else can ask for a while. */
it('the service makes those wait who ask too often', async () => {
  const evidence = await quote();
  const answers: Answer[] = [];
  const ask = () => call('/v1/appraise', { evidence });
  const throttled = () => answers.filter(({ status }) => status === 429);
  const count = async () => {
    answers.push(...(await Promise.all(Array.from({ length: 80 }, ask))));
    return throttled().length;
  };
  await expect.poll(count).toBeGreaterThan(0);
  expect(answers.some(({ status }) => status === 200)).toBe(true);
  expect(Number(throttled()[0]?.headers['retry-after'])).toBeGreaterThan(0);
});
