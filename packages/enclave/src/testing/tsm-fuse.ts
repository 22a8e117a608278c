/** Starts the double of configfs-tsm that is mounted, for the length of a test. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Endorsements } from '@gaiwan/attestation';
import type { TsmFaults } from './tsm-model.ts';

const server = fileURLToPath(new URL('./tsm-fuse-server.ts', import.meta.url));

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may mount';
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch {
    return 'there is no /dev/fuse that can be used';
  }
  return undefined;
}

interface Vouching {
  /** DER. */
  readonly root: Uint8Array;
  readonly endorsements: Endorsements;
}

export class TsmFuse {
  readonly base: string;
  readonly vouching: Vouching;
  readonly #child: ChildProcess;

  private constructor(base: string, child: ChildProcess, vouching: Vouching) {
    this.base = base;
    this.#child = child;
    this.vouching = vouching;
  }

  /** A text says why it cannot run here. */
  static async start(): Promise<TsmFuse | string> {
    const why = missing();
    if (why !== undefined) return why;
    const base = mkdtempSync(join(tmpdir(), 'gaiwan-tsm-'));
    const child = fork(server, [base], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [first] = (await Promise.race([once(child, 'message'), once(child, 'close')])) as [unknown];
    if (typeof first === 'object' && first !== null) return new TsmFuse(base, child, first as Vouching);
    rmdirSync(base);
    return `mounting failed: ${said.trim()}`;
  }

  async setFaults(faults: TsmFaults): Promise<void> {
    const done = once(this.#child, 'message');
    this.#child.send(faults);
    await done;
  }

  /** Unmounts. */
  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
    rmdirSync(this.base);
  }
}
