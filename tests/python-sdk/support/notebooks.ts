/** The notebooks of examples/notebooks, executed cell by cell on a real platform. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtinFunction } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPlatform } from '../../support/platform.ts';
import { hasPython3, MAKING_MS, pythonWithSdk, sdk } from './python.ts';

const canTestSandbox = ['bwrap', 'setpriv', 'prlimit'].every(
  (tool) => spawnSync(tool, ['--version']).status === 0,
);
if (!canTestSandbox) console.warn('SKIPPED: bwrap is wanted for scikit-learn in a sandbox');
const notebooks = fileURLToPath(new URL('../../../examples/notebooks/', import.meta.url));
const names = readdirSync(notebooks).filter((name) => name.endsWith('.ipynb'));

const EXECUTE = `
import sys, nbformat
from nbclient import NotebookClient
source, target = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
nbformat.validate(notebook)
NotebookClient(notebook, timeout=280, kernel_name="python3").execute()
nbformat.write(notebook, target)
`;

/** In a file with the SDK's own tests, so that the environment of both is made once. */
export function describeNotebooks(): void {
  let python: string;
  let platform: TestPlatform;
  let folder: string;
  beforeAll(async () => {
    if (!hasPython3) return;
    python = await pythonWithSdk();
    folder = mkdtempSync(join(tmpdir(), 'gaiwan-notebooks-'));
    platform = await TestPlatform.start([
      '--executors',
      'builtin,cpython',
      '--cpython',
      python,
      '--workers',
      '1',
      '--limit',
      'memory=2048',
    ]);
    for (const user of ['alder', 'birch', 'analyst']) (await platform.user(user)).close();
    (await platform.user('owner', 'FunctionOwner', '')).close();
    const admin = await platform.admin();
    const join_ = await builtinFunction('builtin-join-aggregate', { parties: 2 });
    await admin.functions.register({ ...join_, public: true });
    admin.close();
  }, MAKING_MS);
  afterAll(async () => {
    await platform?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  interface Cell {
    readonly outputs?: readonly {
      readonly data?: Readonly<Record<string, unknown>>;
      readonly text?: string | readonly string[];
    }[];
  }

  async function execute(name: string): Promise<readonly Cell[]> {
    const target = join(folder, name);
    const child = spawn(python, ['-c', EXECUTE, join(notebooks, name), target], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PYTHONPATH: join(sdk, 'src'),
        PYTHONDONTWRITEBYTECODE: '1',
        IPYTHONDIR: join(folder, 'ipython'),
        JUPYTER_DATA_DIR: join(folder, 'jupyter'),
        MPLCONFIGDIR: join(folder, 'matplotlib'),
        GAIWAN_AUTHENTICATION: platform.authentication,
        GAIWAN_FRONTEND: platform.frontend,
        GAIWAN_SIMULATION: platform.machine,
        GAIWAN_POLICY: platform.policy,
        GAIWAN_PASSWORD: 'a test password',
      },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-8000);
      });
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code, said).toBe(0);
    return (JSON.parse(readFileSync(target, 'utf8')) as { cells: Cell[] }).cells;
  }

  const textOf = (cells: readonly Cell[]) => JSON.stringify(cells.flatMap(({ outputs = [] }) => outputs));

  describe('the notebooks', () => {
    it('are two, and have no outputs in the repository', () => {
      expect(names).toEqual(['train-together.ipynb', 'two-banks.ipynb']);
      for (const name of names) {
        const { cells } = JSON.parse(readFileSync(join(notebooks, name), 'utf8')) as { cells: Cell[] };
        expect(cells.flatMap(({ outputs = [] }) => outputs)).toEqual([]);
      }
    });
  });

  describe.skipIf(!hasPython3)('a notebook', () => {
    it('joins two banks', async () => {
      const said = textOf(await execute('two-banks.ipynb'));
      expect(said).toContain('nothing is protected');
      expect(said).toContain('9800');
    });

    it.skipIf(!canTestSandbox)(
      'trains a model on the data of two hospitals, and shows AUC and curve',
      async () => {
        const cells = await execute('train-together.ipynb');
        expect(textOf(cells)).toContain('trained on 3000 rows, measured on 1000');
        expect(Number(/AUC (0\.\d+)/.exec(textOf(cells))?.[1])).toBeGreaterThan(0.75);
        expect(cells.some(({ outputs = [] }) => outputs.some(({ data }) => data?.['image/png']))).toBe(true);
      },
    );
  });
}
