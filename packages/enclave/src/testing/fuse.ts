/** Starts a process that answers for a mounted file system, for the length of a test. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may mount';
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch {
    return 'there is no /dev/fuse that can be used';
  }
  return undefined;
}

export interface Mounted {
  readonly base: string;
  readonly child: ChildProcess;
  /** The first that the process said. */
  readonly said: object;
  /** Unmounts. */
  stop(): Promise<void>;
}

/** `server` gets the folder as its first argument. A text says why it cannot run here. */
export async function mountFuse(server: string, ...args: readonly string[]): Promise<Mounted | string> {
  const why = missing();
  if (why !== undefined) return why;
  const base = mkdtempSync(join(tmpdir(), 'gaiwan-fuse-'));
  const child = fork(server, [base, ...args], {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let trouble = '';
  child.stderr?.on('data', (chunk: Buffer) => (trouble += chunk.toString()));
  const [said] = (await Promise.race([once(child, 'message'), once(child, 'close')])) as [unknown];
  if (typeof said !== 'object' || said === null) {
    rmdirSync(base);
    return `mounting failed: ${trouble.trim()}`;
  }
  return {
    base,
    child,
    said,
    async stop() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
      rmdirSync(base);
    },
  };
}
