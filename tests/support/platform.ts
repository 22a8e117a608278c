/** A real platform for a test: `gaiwan serve` as a process of its own, on a simulated machine and free ports, in a temporary folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pem } from '@gaiwan/attestation-kit';
import { connect, type Gaiwan, type ServiceTrust, simulationTrust } from '@gaiwan/client';
import { createSimulation, type SimulationFault } from '@gaiwan/enclave';
import { presentedCertificate } from '@gaiwan/trust';

export const gaiwanBin: string = fileURLToPath(new URL('../../packages/cli/bin/gaiwan.js', import.meta.url));
const PASSWORD = 'a test password';
/** With what gaiwan would else replace itself for, which is another start of Node. */
const nodeOptions = [
  '--disable-sigusr1',
  '--max-semi-space-size=8',
  '--heap-growing-percent=40',
  ...(availableParallelism() > 2 ? [] : ['--v8-pool-size=1']),
];
const environment = { MALLOC_ARENA_MAX: '1' };
/** Arguments of a platform that runs no task: a worker's start is a third of what its start costs. */
export const NO_WORKER: readonly string[] = ['--workers', '0'];

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'gaiwan-test-'));
}

export interface TestPlatformOptions {
  /** What is wrong with its machine. */
  readonly fault?: SimulationFault;
  /** Folder of a machine that is there already. */
  readonly machine?: string;
  /** Another installation's command line. */
  readonly bin?: string;
  /** Is called before the first start, with the data folder, which is not there yet. */
  readonly prepare?: (data: string) => void;
}

interface SetAside {
  readonly folder: string;
  readonly files: number;
}

export class TestPlatform {
  readonly folder: string;
  readonly #arguments: readonly string[];
  readonly #options: TestPlatformOptions;
  #child: ChildProcess | undefined;
  /** What the last start has set aside. */
  setAside: SetAside | undefined;
  /** What all starts have. */
  aside: (SetAside & { readonly bytes: number }) | undefined;
  /** The end of what it has said on standard error since its last start. */
  complaint = '';
  /** What remembers its newest state, as it says itself: "none" or more. */
  anchor: unknown;
  authentication = '';
  frontend = '';
  /** What the frontend presents (PEM): for transports without our client. */
  certificate = '';
  /** Its id, as it says itself. */
  instance = '';
  trust!: ServiceTrust;
  /** The administrator's one login since the last start: each takes connections with evidence and a memory-hard hash. */
  #administrator: Promise<Gaiwan> | undefined;

  private constructor(folder: string, extra: readonly string[], options: TestPlatformOptions) {
    this.folder = folder;
    this.#arguments = extra;
    this.#options = options;
  }

  static async start(
    extra: readonly string[] = [],
    options: TestPlatformOptions = {},
  ): Promise<TestPlatform> {
    const platform = new TestPlatform(temporaryFolder(), extra, options);
    options.prepare?.(join(platform.folder, 'data'));
    await platform.boot();
    return platform;
  }

  /** Starts it again in the same folder (after `kill`), on new ports. `more`: options of this start alone. */
  async boot(more: readonly string[] = []): Promise<void> {
    const data = join(this.folder, 'data');
    if (!existsSync(this.machine)) {
      await createSimulation(this.machine, { fault: this.#options.fault ?? 'none', now: Date.now() });
    }
    const args = [
      'serve',
      '--tee',
      'simulation',
      '--simulation',
      this.machine,
      '--data',
      data,
      '--auth-port',
      '0',
      '--frontend-port',
      '0',
      '--json',
      ...this.#arguments,
      ...more,
    ];
    const child = spawn(process.execPath, [...nodeOptions, this.#options.bin ?? gaiwanBin, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, ...process.env, GAIWAN_ADMIN_PASSWORD: PASSWORD },
    });
    this.#child = child;
    this.complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString()).slice(-8000);
    });
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const ready = JSON.parse(line) as {
        authentication: string;
        frontend: string;
        registers: Record<string, string>;
        setAside?: SetAside;
        aside?: SetAside & { readonly bytes: number };
        instance: string;
        anchor: unknown;
      };
      this.setAside = ready.setAside;
      this.aside = ready.aside;
      this.anchor = ready.anchor;
      this.authentication = ready.authentication;
      this.frontend = ready.frontend;
      this.instance = ready.instance;
      const policy = { measurements: [ready.registers] };
      writeFileSync(this.policy, JSON.stringify(policy));
      this.trust = { ...(await simulationTrust(this.machine)), reference: { policies: [policy] } };
      const der = await presentedCertificate({ port: Number(new URL(this.frontend).port) });
      // Not by Node's X509Certificate: of bytes with PEM somewhere inside, as in a quote, it reads that.
      this.certificate = Buffer.from(pem(der)).toString();
      return;
    }
    throw new Error(`serve ended: ${this.complaint}`);
  }

  /** Sends a signal to the main process and waits until it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#logout();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  /** Its exit code, when it ends by itself; null where a signal ends it. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (!child) throw new Error('it was never started');
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    this.#logout();
    return code;
  }

  /** Folder of the simulated machine. */
  get machine(): string {
    return this.#options.machine ?? join(this.folder, 'machine');
  }

  /** File with a policy that accepts what runs. */
  get policy(): string {
    return join(this.folder, 'policy.json');
  }

  /** The main process. */
  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** Process ids of the workers (Linux). */
  workers(): number[] {
    const parent = this.#child?.pid;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
          const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
          return Number(ppid) === parent && state !== 'Z';
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  async connect(id?: string, password = PASSWORD): Promise<Gaiwan> {
    const client = await connect({
      authentication: this.authentication,
      frontend: this.frontend,
      trust: this.trust,
    });
    if (id !== undefined) await client.login(id, password);
    return client;
  }

  /** A client of its own for the administrator. */
  async admin(): Promise<Gaiwan> {
    const { token } = await this.#admin();
    const client = await this.connect();
    client.useToken('admin', token);
    return client;
  }

  /** Makes a user (password: the test password) and logs it in. */
  async user(id: string, role = 'DataOwner', attribute = id): Promise<Gaiwan> {
    const admin = await this.#admin();
    await admin.users.register({ id, password: PASSWORD, role, attribute });
    return this.connect(id);
  }

  /** Deletes all accounts but the administrator's, for the next test: who is registered next has no past. */
  async deleteUsers(): Promise<void> {
    const admin = await this.#admin();
    for (const id of await admin.users.list('everybody')) if (id !== 'admin') await admin.users.delete(id);
  }

  /** Logged in anew where a test has ended that session. */
  async #admin(): Promise<Gaiwan> {
    this.#administrator ??= this.connect('admin');
    try {
      await (await this.#administrator).users.list('everybody');
    } catch {
      this.#logout();
      this.#administrator = this.connect('admin');
    }
    return this.#administrator;
  }

  /** Of the administrator that the helpers above act as. */
  #logout(): void {
    void this.#administrator?.then(
      (client) => client.close(),
      () => undefined,
    );
    this.#administrator = undefined;
  }

  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
