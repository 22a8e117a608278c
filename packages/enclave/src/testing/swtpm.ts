/** A real TPM 2.0 in software (Debian: swtpm, swtpm-tools) for the length of a test, with an EK that a CA has certified. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { socketTransport, Tpm } from '../tpm2/index.ts';

const tools = ['swtpm', 'swtpm_setup', 'swtpm_localca', 'tpm2_quote'];
const missing = tools.filter((tool) => !existsSync(`/usr/bin/${tool}`));
/** Why these tests cannot run here; undefined where they can. */
export const noTpm: string | undefined =
  missing.length === 0
    ? undefined
    : `${missing.join(', ')} not installed (Debian: swtpm swtpm-tools tpm2-tools)`;

export class Swtpm {
  readonly folder: string;
  readonly socket: string;
  #child: ChildProcess | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.socket = join(folder, 'data.sock');
  }

  static async start(): Promise<Swtpm> {
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-tpm-'));
    const at = (name: string) => join(folder, name);
    for (const name of ['state', 'ca', 'ek']) mkdirSync(at(name));
    writeFileSync(
      at('localca.conf'),
      `statedir = ${at('ca')}\nsigningkey = ${at('ca/key.pem')}\nissuercert = ${at('ca/issuer.pem')}\ncertserial = ${at('ca/serial')}\n`,
    );
    writeFileSync(
      at('localca.options'),
      '--platform-manufacturer Gaiwan\n--platform-version 1\n--platform-model Test\n',
    );
    writeFileSync(
      at('setup.conf'),
      `create_certs_tool = /usr/bin/swtpm_localca\ncreate_certs_tool_config = ${at('localca.conf')}\ncreate_certs_tool_options = ${at('localca.options')}\nactive_pcr_banks = sha256\n`,
    );
    const args = [
      '--tpm2',
      '--tpmstate',
      at('state'),
      '--create-ek-cert',
      '--create-platform-cert',
      '--lock-nvram',
    ];
    execFileSync(
      'swtpm_setup',
      [...args, '--config', at('setup.conf'), '--write-ek-cert-files', at('ek'), '--overwrite'],
      {
        stdio: 'pipe',
      },
    );
    const tpm = new Swtpm(folder);
    await tpm.boot();
    return tpm;
  }

  async boot(): Promise<void> {
    const server = `type=unixio,path=${this.socket}`;
    const control = `type=unixio,path=${this.socket}.ctrl`;
    rmSync(this.socket, { force: true });
    const args = [
      'socket',
      '--tpm2',
      '--tpmstate',
      `dir=${join(this.folder, 'state')}`,
      '--server',
      server,
      '--ctrl',
      control,
    ];
    const child = spawn('swtpm', [...args, '--flags', 'not-need-init,startup-clear'], { stdio: 'ignore' });
    this.#child = child;
    while (!(await reachable(this.socket))) {
      if (child.exitCode !== null) throw new Error(`swtpm ended with ${child.exitCode}`);
      // oxlint-disable-next-line tests/no-sleep -- nothing tells when a socket of another program is there
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async connect(): Promise<Tpm> {
    return new Tpm(await socketTransport({ path: this.socket }));
  }

  /** A connection for as long as `action` takes. */
  async use<T>(action: (tpm: Tpm) => Promise<T>): Promise<T> {
    const tpm = await this.connect();
    try {
      return await action(tpm);
    } finally {
      await tpm.close();
    }
  }

  /** Removes those of these NV indices that there are, as the TPM's owner can. */
  undefine(...indices: readonly number[]): Promise<void> {
    return this.use(async (tpm) => {
      for (const index of indices) if (await tpm.nv.publicArea(index)) await tpm.nv.undefine(index);
    });
  }

  /** Certificates of the CAs above the EK: root last. */
  issuers(): Uint8Array {
    return Buffer.concat(
      ['issuer.pem', 'swtpm-localca-rootca-cert.pem'].map((name) =>
        readFileSync(join(this.folder, 'ca', name)),
      ),
    );
  }

  root(): Uint8Array {
    return readFileSync(join(this.folder, 'ca', 'swtpm-localca-rootca-cert.pem'));
  }

  /** Runs one of tpm2-tools against it; nobody else may be connected. */
  tool(name: string, ...args: string[]): string {
    const env = { ...process.env, TPM2TOOLS_TCTI: `swtpm:path=${this.socket}` };
    return execFileSync(name, args, {
      env,
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 200_000,
    }).toString();
  }

  /** In order: without TPM2_Shutdown the TPM counts it as an attack. */
  async halt(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const tpm = await this.connect();
    await tpm.shutdown();
    await tpm.close();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    this.#child = undefined;
  }

  /** As a loss of power: what it had not written is gone. `boot` starts it again. */
  async crash(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    this.#child = undefined;
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const reachable = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
