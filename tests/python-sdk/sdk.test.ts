/** The Python SDK: its own tests, against a real platform and against what the TypeScript SDK makes of the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simulationTrustFiles } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { genuineService, PASSWORD, relay } from '../support/thief.ts';
import { describeNotebooks } from './support/notebooks.ts';
import { hasPython3, MAKING_MS, PYTHON3_WANTED, pythonWithSdk, sdk } from './support/python.ts';
import { writeVectors } from './support/vectors.ts';

if (!hasPython3) console.warn(`SKIPPED: ${PYTHON3_WANTED}`);

describeNotebooks();

let python: string;
let platform: TestPlatform;
let folder: string;
beforeAll(async () => {
  if (!hasPython3) return;
  python = await pythonWithSdk();
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-python-sdk-'));
  platform = await TestPlatform.start([
    '--executors',
    'builtin,python',
    '--workers',
    '1',
    '--allow-url',
    'https://localhost:6789',
  ]);
  const { authentication, frontend, machine, policy, instance } = platform;
  const told = { authentication, frontend, machine, policy, instance };
  writeFileSync(join(folder, 'platform.json'), JSON.stringify(told));
  await writeVectors(join(folder, 'vectors'));
}, MAKING_MS);
afterAll(async () => {
  await platform?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function run(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly said: string }> {
  const shared = fileURLToPath(new URL('../../../shared/attestation/vectors/', import.meta.url));
  const child = spawn(python, args, {
    cwd: sdk,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PYTHONPATH: join(sdk, 'src'),
      PYTHONDONTWRITEBYTECODE: '1',
      GAIWAN_TEST_PLATFORM: join(folder, 'platform.json'),
      GAIWAN_TEST_VECTORS: join(folder, 'vectors', 'vectors.json'),
      GAIWAN_SHARED_VECTORS: shared,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-20_000);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

const tests = readdirSync(join(sdk, 'tests')).filter((name) => /^test_.*\.py$/.test(name));

describe.skipIf(!hasPython3)('the Python SDK', () => {
  it.each(tests)('%s', async (name) => {
    const { code, said } = await run([
      '-m',
      'pytest',
      '-q',
      '-rs',
      '-p',
      'no:cacheprovider',
      join('tests', name),
    ]);
    for (const [, why] of said.matchAll(/^SKIPPED \[\d+\] (.*)$/gm)) console.warn(`SKIPPED: ${why}`);
    expect(code, said).toBe(0);
  });

  it.each([
    ['mypy, strictly', ['-m', 'mypy', '--no-incremental']],
    ['ruff', ['-m', 'ruff', 'check', '--no-cache', '.']],
    ['ruff, as to its form', ['-m', 'ruff', 'format', '--no-cache', '--check', '.']],
    ['its generators', ['scripts/generate.py', '--check']],
  ])('is accepted by %s', async (_what, args) => {
    const { code, said } = await run(args);
    expect(code, said).toBe(0);
  });

  it('says nothing to a relay with a stolen TLS key', async () => {
    const genuine = await genuineService();
    onTestFinished(() => genuine.close());
    const thief = await relay(genuine);
    onTestFinished(() => thief.close());
    const machine = join(folder, 'stolen');
    const [root] = genuine.trust.roots?.intel ?? [];
    if (!root || !('policies' in genuine.trust.reference)) throw new Error('the machine has no root');
    const endorsements = await genuine.trust.endorsements.endorsements({
      kind: 'dcap',
      quote: new Uint8Array(),
    });
    const files = simulationTrustFiles({ root, endorsements: endorsements as never });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(machine, path)), { recursive: true });
      writeFileSync(join(machine, path), content);
    }
    const [policy] = genuine.trust.reference.policies;
    const login = (url: string) =>
      run([join('tests', 'thief.py'), url, machine, JSON.stringify(policy), PASSWORD]);
    // Without somebody in between it logs in.
    expect(JSON.parse((await login(genuine.url)).said)).toEqual(['logged in', null]);
    expect(JSON.parse((await login(thief.url)).said)).toEqual(['untrusted-server', 'connection-binding']);
    expect(thief.said()).not.toContain(PASSWORD);
    expect(thief.said()).toContain('GetConnectionEvidence');
  });
});
