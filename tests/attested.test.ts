/** What parties verify before they hand anything over, and what happens when it does not hold: with real processes, on the wire. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTls } from 'node:tls';
import { embeddedEvidence, parseCertificates, TAGGED_EVIDENCE } from '@gaiwan/attestation';
import { ecKey, issueCertificate, pem } from '@gaiwan/attestation-kit';
import { connect } from '@gaiwan/client';
import { AttestedIdentity, openSimulation } from '@gaiwan/enclave';
import { presentedCertificate } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { type Recorder, recordTo } from '../packages/trust/src/testing/recorder.ts';
import { Installation } from './support/altered.ts';
import { gaiwanBin, NO_WORKER, TestPlatform, temporaryFolder } from './support/platform.ts';

const banks = ['alder', 'birch', 'cedar'] as const;

/** Two auditors who have looked at this very installation. */
class Audit {
  readonly folder = temporaryFolder();
  readonly info = join(this.folder, 'enclave_info.toml');

  constructor() {
    this.#gaiwan('audit', 'init', this.info);
    for (const name of ['anna', 'bert', 'mallory']) {
      const [key, pub] = [this.at(`${name}.key`), this.at(`${name}.pub`)];
      execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key], { stdio: 'ignore' });
      execFileSync('openssl', ['pkey', '-in', key, '-pubout', '-out', pub]);
      this.#gaiwan('audit', 'sign', this.info, '--key', key, '--out', this.at(`${name}.sign`));
    }
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** Options of somebody who trusts Anna and Bert. */
  flags(...signatures: readonly string[]): string[] {
    const keys = ['anna', 'bert'].flatMap((name) => ['--auditor', this.at(`${name}.pub`)]);
    const signed = signatures.flatMap((name) => ['--signature', this.at(`${name}.sign`)]);
    return ['--enclave-info', this.info, ...keys, ...signed];
  }

  #gaiwan(...args: readonly string[]): void {
    execFileSync(process.execPath, [gaiwanBin, ...args], { stdio: 'pipe' });
  }
}

interface Outcome {
  readonly code: number | null;
  readonly error: { readonly code?: string; readonly message?: string };
  readonly stdout: string;
  readonly out: string;
}

/** A bank that has its password ready, and tries to log in through a proxy that records every byte. */
async function login(bank: string, platform: TestPlatform, trust: readonly string[]) {
  const portOf = (url: string) => Number(new URL(url).port);
  const authentication = await recordTo(portOf(platform.authentication));
  const frontend = await recordTo(portOf(platform.frontend));
  const recorders = [authentication, frontend];
  try {
    const at = ({ port }: Recorder) => `https://127.0.0.1:${port}`;
    const ended = await runHere([
      'login',
      '--authentication',
      at(authentication),
      '--frontend',
      at(frontend),
      '--user',
      bank,
      '--json',
      ...trust,
    ]);
    return { ...ended, sent: recorders.reduce((sum, one) => sum + one.applicationBytes(), 0) };
  } finally {
    for (const one of recorders) await one.close();
  }
}

type Runner = typeof gaiwan | typeof gaiwanHere;

async function runBy(runner: Runner, args: readonly string[]): Promise<Outcome> {
  const home = temporaryFolder();
  const { code, stdout, stderr } = await runner(args, {
    env: { GAIWAN_HOME: home, GAIWAN_PASSWORD: 'a test password' },
  });
  const error = stderr.startsWith('{"error"')
    ? (JSON.parse(stderr) as { error: Outcome['error'] }).error
    : {};
  return { code, error, stdout: stdout.toString(), out: stdout.toString() + stderr };
}

/** What is measured, or starts others, in a process of its own; what a party says on the wire from here. */
const run = (args: readonly string[]) => runBy(gaiwan, args);
const runHere = (args: readonly string[]) => runBy(gaiwanHere, args);

let audit: Audit;
let platform: TestPlatform;
beforeAll(async () => {
  audit = new Audit();
  platform = await TestPlatform.start();
  for (const bank of banks) (await platform.user(bank)).close();
});
afterAll(async () => platform.stop());

const simulation = (of: TestPlatform) => ['--simulation', of.machine];

describe('three banks that trust two auditors', () => {
  it.each(banks)('%s verifies, is told what, and logs in', async (bank) => {
    const { code, out, stdout, sent } = await login(bank, platform, [
      ...simulation(platform),
      ...audit.flags('anna', 'bert'),
    ]);
    expect(code, out).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      user: bank,
      verified: { simulated: true, kind: 'tdx', tcb: 'UpToDate', registers: { mrTd: expect.any(String) } },
    });
    expect(sent).toBeGreaterThan(100);
  });

  describe('with another installation', () => {
    let installation: Installation;
    let ours: unknown;
    const measured = (bin: string) =>
      JSON.parse(
        execFileSync(process.execPath, [bin, 'measure', '--policy'], { encoding: 'utf8' }),
      ) as unknown;
    beforeAll(async () => {
      installation = await Installation.copyTo(temporaryFolder());
      ours = measured(gaiwanBin);
      expect(measured(installation.bin)).toEqual(ours);
    });

    it('refuse an altered bundle', async () => {
      const file = 'packages/platform/dist/services/execution/attempt.js';
      await installation.whileAltered(file, async () => {
        const altered = await TestPlatform.start(NO_WORKER, { bin: installation.bin });
        onTestFinished(() => altered.stop());
        for (const bank of banks) {
          const refused = await login(bank, altered, [
            ...simulation(altered),
            ...audit.flags('anna', 'bert'),
          ]);
          expect(refused).toMatchObject({ code: 3, sent: 0, error: { code: 'untrusted-server' } });
          expect(refused.error.message).toMatch(/mrTd/);
        }
      });
    });

    it.each([
      // What only starts the platform could as well start another, or keep the password.
      'packages/cli/dist/commands/serve.js',
      'packages/cli/bin/gaiwan.js',
    ])('would refuse one in which another file is altered: %s', async (file) => {
      const altered = await installation.whileAltered(file, () => measured(installation.bin));
      expect(altered).not.toEqual(ours);
    });
  });

  it('refuse a wrong signature of an auditor, and ask nobody', async () => {
    const bank = 'alder';
    for (const signatures of [['anna'], ['anna', 'anna'], ['anna', 'mallory']]) {
      const refused = await login(bank, platform, [...simulation(platform), ...audit.flags(...signatures)]);
      expect(refused).toMatchObject({ code: 6, sent: 0, error: { code: 'untrusted-auditors' } });
    }
    const changed = audit.at(`changed-${bank}.toml`);
    writeFileSync(changed, readFileSync(audit.info));
    appendFileSync(changed, '# one line more\n');
    const flags = audit.flags('anna', 'bert').map((flag) => (flag === audit.info ? changed : flag));
    const refused = await login(bank, platform, [...simulation(platform), ...flags]);
    expect(refused).toMatchObject({ code: 6, sent: 0, error: { code: 'untrusted-auditors' } });
  });

  it.each([
    ['revoked', /revoked/i],
    ['debug', /debug/i],
    ['out-of-date', /OutOfDate|TCB/],
  ] as const)('refuse a machine that is %s', async (fault, why) => {
    const bad = await TestPlatform.start(NO_WORKER, { fault });
    onTestFinished(() => bad.stop());
    const refused = await login('birch', bad, [...simulation(bad), ...audit.flags('anna', 'bert')]);
    expect(refused).toMatchObject({ code: 3, sent: 0, error: { code: 'untrusted-server' } });
    expect(refused.error.message).toMatch(why);
  });

  it('refuse a simulated machine by production roots', async () => {
    const endorsements = ['--endorsements', join(platform.machine, 'endorsements')];
    const refused = await login('cedar', platform, [...endorsements, ...audit.flags('anna', 'bert')]);
    expect(refused).toMatchObject({ code: 3, sent: 0, error: { code: 'untrusted-server' } });
    expect(refused.error.message).toMatch(/root/);
  });
});

describe('the story of three banks', () => {
  it('tells what each bank verified before it sent anything, marked SIMULATION', async () => {
    const { code, out } = await run(['demo', 'three-banks']);
    expect(code, out).toBe(0);
    const [before = ''] = out.split(/^ +everyone +logged in after that/m);
    for (const bank of banks) {
      const [, told = ''] = before.split(new RegExp(`^ +${bank} +connected, sent nothing, verified`, 'm'));
      const [authentication = '', , state = '', frontend = ''] = told.split('\n').slice(1);
      expect(authentication).toMatch(/authentication +SIMULATION, TDX, TCB UpToDate, debugging off/);
      expect(state).toMatch(/instance [0-9a-f]{16}… +epoch 1, at commit \d+/);
      expect(frontend).toMatch(/frontend +SIMULATION, TDX, TCB UpToDate, debugging off/);
    }
    expect(before.match(/mrTd ([0-9a-f]{16})…/g)).toHaveLength(8);
    expect(out).toMatch(/the totals are the same/);
  });

  it('says by whom it accepts, also against a platform that runs already', async () => {
    const password = join(temporaryFolder(), 'admin');
    writeFileSync(password, 'a test password');
    const at = ['--against', platform.frontend, '--auth', platform.authentication];
    const by = ['--policy', platform.policy, '--admin-password-file', password];
    const { code, out } = await run(['demo', 'three-banks', ...at, ...simulation(platform), ...by]);
    expect(code, out).toBe(0);
    expect(out).toMatch(/accepts what its policy names/);
  });
});

describe('somebody in the middle', () => {
  /** Ends TLS with a certificate of its own, and goes on to the platform. */
  async function middle(extensions: Record<string, Uint8Array>) {
    const key = await ecKey('P-256');
    const now = Date.now();
    const validity = { from: now - 60_000, to: now + 3_600_000, serial: '01' };
    const { der } = await issueCertificate({ subject: 'Gaiwan', key, ...validity, extensions });
    const pkcs8 = Buffer.from(await key.export()).toString('base64');
    let seen = 0;
    const server = createTls(
      {
        cert: Buffer.from(pem(der)),
        key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
        ALPNProtocols: ['h2', 'http/1.1'],
      },
      (client) => {
        const port = Number(new URL(platform.frontend).port);
        const upstream = connectTls({ port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
        client.on('data', (chunk: Buffer) => {
          seen += chunk.length;
        });
        client
          .on('error', () => undefined)
          .pipe(upstream.on('error', () => undefined))
          .pipe(client);
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, seen: () => seen };
  }

  async function refused(url: string): Promise<string | undefined> {
    using client = await connect({ authentication: url, frontend: url, trust: platform.trust });
    const error = await client.login('alder', 'a test password').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'untrusted-server' });
    await expect(client.tasks.list()).rejects.toMatchObject({ code: 'untrusted-server' });
    return (error as { reason?: string }).reason;
  }

  it('with a certificate of its own is detected before it sees a byte', async () => {
    const { url, seen } = await middle({});
    expect(await refused(url)).toBe('missing-evidence');
    expect(seen()).toBe(0);
  });

  it('that shows the platform’s own evidence with another key is detected, too', async () => {
    const [leaf] = parseCertificates(
      await presentedCertificate({ port: Number(new URL(platform.frontend).port) }),
    );
    const stolen = leaf?.extensions.get(TAGGED_EVIDENCE)?.value as Uint8Array;
    expect(leaf && embeddedEvidence(leaf).map(({ convention }) => convention)).toContain('tagged');
    const { url, seen } = await middle({ [TAGGED_EVIDENCE]: stolen });
    expect(await refused(url)).toBe('key-binding');
    expect(seen()).toBe(0);
  });
});

describe('fresh evidence', () => {
  it('is bound to a nonce and to the key of the connection', async () => {
    using client = await platform.connect('alder');
    const nonce = randomBytes(32);
    const { verified, simulated } = await client.freshEvidence(nonce);
    expect(simulated).toBe(true);
    expect(verified.nonce).toBe(nonce.toString('hex'));
    await expect(client.freshEvidence(randomBytes(4))).rejects.toMatchObject({ code: 'bad-nonce' });
    await expect(client.freshEvidence(randomBytes(65))).rejects.toMatchObject({ code: 'bad-nonce' });
  });
});

describe('gaiwan attest', () => {
  const attest = (...flags: readonly string[]) =>
    runHere(['attest', '--address', new URL(platform.frontend).host, ...flags]);

  it('shows what a service is, and accepts it by auditors or by a policy', async () => {
    for (const trust of [audit.flags('anna', 'bert'), ['--policy', platform.policy]]) {
      const { code, out } = await attest(...simulation(platform), ...trust);
      expect(code, out).toBe(0);
      expect(out).toMatch(/^accepted$/m);
      expect(out).toMatch(/SIMULATION/);
      expect(out).toMatch(/mrTd +[0-9a-f]{96}/);
      expect(out).toMatch(/TCB +UpToDate/);
    }
  });

  it('gives the same as JSON', async () => {
    const { code, out } = await attest(...simulation(platform), '--policy', platform.policy, '--json');
    expect(code).toBe(0);
    const registers = (JSON.parse(readFileSync(platform.policy, 'utf8')) as { measurements: object[] })
      .measurements[0];
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'accepted',
      genuine: true,
      simulated: true,
      kind: 'tdx',
      tcb: 'UpToDate',
      registers,
    });
  });

  it('refuses what no policy accepts, and tells genuine from not', async () => {
    const unknown = await attest(...simulation(platform));
    expect(unknown.code).toBe(1);
    expect(unknown.out).toMatch(/^refused: policy-measurement$/m);
    const vendors = ['--endorsements', join(platform.machine, 'endorsements'), '--policy', platform.policy];
    const foreign = await attest(...vendors, '--json');
    expect(foreign.code).toBe(1);
    expect(JSON.parse(foreign.out)).toMatchObject({
      verdict: 'refused',
      reason: 'untrusted-root',
      genuine: false,
    });
    expect((await attest(...vendors)).out).toMatch(/nothing is verified/);
  });
});

describe('a platform', () => {
  it('does not start with code before it that nobody measured', async () => {
    const folder = temporaryFolder();
    const evil = join(folder, 'evil.mjs');
    writeFileSync(evil, '');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', evil, gaiwanBin, 'serve', '--data', join(folder, 'data'), '--json'],
      { encoding: 'utf8' },
    );
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/"code":"unmeasured-code"/);
  });
});

describe('a platform of its own', () => {
  let own: TestPlatform;
  beforeAll(async () => {
    own = await TestPlatform.start(NO_WORKER);
    (await own.user('alder')).close();
  });
  afterAll(() => own.stop());

  it('has a data folder that opens for the same program and configuration only, and the error names the register', async () => {
    await own.kill('SIGTERM');
    const machine = ['--tee', 'simulation', '--simulation', own.machine, '--data', join(own.folder, 'data')];
    const serve = (...args: readonly string[]) =>
      spawnSync(process.execPath, [gaiwanBin, 'serve', ...machine, '--json', ...args], {
        encoding: 'utf8',
        env: { ...process.env, GAIWAN_ADMIN_PASSWORD: 'a test password' },
      });
    const other = serve('--allow-url', 'https://files.example.com');
    expect(other.status).toBe(6);
    const line = other.stderr.split('\n').find((text) => text.startsWith('{"error"')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({
      error: { code: 'sealing-wrong-measurement', subjects: ['rtmr3'] },
    });
    await own.boot();
    (await own.connect('alder')).close();
  });

  it('rotates its keys without a pause: every login meanwhile succeeds, and the folder opens afterwards', async () => {
    const sealed = () => readFileSync(join(own.folder, 'data', 'root.sealed')).toString('hex');
    const before = sealed();
    process.kill(own.pid, 'SIGUSR2');
    for (let logins = 0; logins < 20 || sealed() === before; logins++) (await own.connect('alder')).close();
    await own.kill();
    await own.boot();
    (await own.connect('alder')).close();
  });

  it('lets another configuration open the folder after `gaiwan reseal`, which works while it runs', async () => {
    const next = join(own.folder, 'next.json');
    const more = ['--allow-url', 'https://files.example.com'];
    const measured = await run(['measure', '--policy', ...more]);
    writeFileSync(next, measured.out);
    const machine = ['--tee', 'simulation', '--simulation', own.machine];
    const data = ['--data', join(own.folder, 'data')];
    const resealed = await run(['reseal', ...data, ...machine, '--next-policy', next, '--json']);
    expect(resealed.code, resealed.out).toBe(0);
    const stranger = await run(['reseal', ...data, ...machine, ...more, '--next-policy', next, '--json']);
    expect(stranger).toMatchObject({ code: 6, error: { code: 'sealing-wrong-measurement' } });

    // Both can be started, until the next one was.
    await own.kill('SIGTERM');
    await own.boot();
    await own.kill('SIGTERM');
    await own.boot(more);
    (await own.connect('alder')).close();
    await own.kill('SIGTERM');
    await expect(own.boot()).rejects.toThrow(/sealing-wrong-measurement/);
  });
});

describe('a worker', () => {
  it('of another program is not let in', async () => {
    const { attester } = await openSimulation(platform.machine);
    const stranger = await AttestedIdentity.create({
      attester: attester({ bundle: '00'.repeat(32), configuration: '00'.repeat(32) }),
    });
    onTestFinished(() => stranger.close());
    const path = join(platform.folder, 'data', 'run', 'platform');
    const attempt = async (identity?: AttestedIdentity) => {
      const socket = connectTls({
        path,
        rejectUnauthorized: false,
        ALPNProtocols: ['h2'],
        ...(identity && { key: identity.current.key, cert: identity.current.certificate }),
      });
      socket.on('error', () => undefined);
      const bytes: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => bytes.push(chunk));
      await new Promise((resolve) => socket.once('close', resolve));
      return Buffer.concat(bytes).length;
    };
    expect(await attempt(stranger)).toBe(0);
    expect(await attempt()).toBe(0);
  });
});
