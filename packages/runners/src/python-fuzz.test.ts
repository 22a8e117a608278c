/** The Python runner's parsers of untrusted bytes: frames of a child, packages, marshal, arguments, old syntax. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PYTHON3 = '/usr/bin/python3';
const hasPython3 = existsSync(PYTHON3);
const SCRIPT = fileURLToPath(new URL('./testing/fuzz_python.py', import.meta.url));
const runs = process.env['GAIWAN_PYTHON_FUZZ_RUNS'] ?? '';
const seed = process.env['GAIWAN_FUZZ_SEED'] ?? `${Date.now() % 1e9}`;

if (!hasPython3) console.log(`SKIPPED: the Python runner's parsers: ${PYTHON3} is wanted (Debian: python3).`);
it.skipIf(!hasPython3)(`refuse or accept ${runs} mutations each, and nothing else (seed ${seed})`, () => {
  const { status, stdout, stderr } = spawnSync(PYTHON3, ['-I', '-B', SCRIPT, runs, seed]);
  expect([status, stderr.toString()]).toEqual([0, '']);
  for (const target of ['frames', 'zip', 'marshal', 'arguments', 'python 2']) {
    expect(stdout.toString()).toMatch(new RegExp(`^${target} .*'refused': \\d+`, 'm'));
  }
});
