/** A virtual environment with the Python SDK, as its users have one, from the package index. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const sdk: string = fileURLToPath(new URL('../../../sdks/python/', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/gaiwan-python-sdk/', import.meta.url));
const SYSTEM = process.env['GAIWAN_TEST_PYTHON'] ?? 'python3';

/** For a hook in which the environment is made: on a busy machine with an empty cache, the packages alone take minutes. */
export const MAKING_MS = 1_200_000;

/** 3.10 or newer, that can make virtual environments. */
export const hasPython3: boolean =
  spawnSync(SYSTEM, ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))']).status === 0;
export const PYTHON3_WANTED =
  'python3, or GAIWAN_TEST_PYTHON, of version 3.10 or newer with venv is wanted for the Python SDK';

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${said}`);
}

/** The environment's Python; made where it is not there, which takes a minute. GAIWAN_TEST_SDK_PYTHON: one that has the requirements. */
export function pythonWithSdk(): Promise<string> {
  made ??= makePython();
  return made;
}

let made: Promise<string> | undefined;

async function makePython(): Promise<string> {
  const own = process.env['GAIWAN_TEST_SDK_PYTHON'];
  if (own !== undefined) return own;
  const requirements = join(sdk, 'requirements-test.txt');
  const digest = createHash('sha256').update(readFileSync(requirements)).update(SYSTEM).digest('hex');
  const folder = join(cache, digest.slice(0, 16));
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(dirname(folder), { recursive: true });
  // It has its name only once it is whole. Programs in it that know where they are made are called by `python -m`.
  const making = `${folder}.${process.pid}`;
  try {
    await run(SYSTEM, ['-m', 'venv', making]);
    await run(join(making, 'bin', 'python'), ['-m', 'pip', 'install', '-q', '-r', requirements]);
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return python;
}
