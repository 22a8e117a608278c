/** Runs a peer that is written in Python. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface PeerResult {
  /** ms of processor time of each round. */
  readonly times: readonly number[];
  readonly peak_mib: number;
  readonly versions: string;
}

/** Undefined, and says so, where Python or the library is missing. */
export function pythonPeer<T extends PeerResult>(script: string, args: readonly string[]): T | undefined {
  // Settings that hold some machines' linear algebra back would flatter us.
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...env } = process.env;
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const { status, stdout, stderr, error } = spawnSync('python3', [path, ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status === 0) return JSON.parse(stdout) as T;
  const why = error?.message ?? stderr.trim().split('\n').at(-1);
  console.log(`PEER SKIPPED: ${script} ${args[0]}: ${why}`);
  return undefined;
}
