/** The plan of the house (packages/plan.json) and the checks that hold the tree to it: each is seen to catch what it is there for. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { filesOf } from '../scripts/house/generate.ts';
import { circles, folderGraph } from '../scripts/house/graph.ts';
import { type Figures, faultsOf as faultsOfHouse, measure } from '../scripts/house/measure.ts';
import { faultsOf, type Plan, readPlan } from '../scripts/house/plan.ts';
import { root, sources } from '../scripts/house/sources.ts';

const tool = (name: string) => join(root, 'node_modules/.bin', name);

/** A tree with these files, and with the checks' own `settings`. */
function plantedTree(files: Readonly<Record<string, string>>, settings: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-planted-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of settings) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(root, name), join(folder, name));
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function lint(files: Readonly<Record<string, string>>) {
  const { status, stdout } = spawnSync(tool('oxlint'), ['--format=unix'], {
    cwd: plantedTree(files, [
      '.oxlintrc.json',
      '.oxlintrc.plan.json',
      'scripts/lint/timing.ts',
      'scripts/lint/names.ts',
      'scripts/lint/waits.ts',
      'scripts/lint/clocks.ts',
    ]),
    encoding: 'utf8',
  });
  return { status, stdout };
}

describe('lint refuses', () => {
  it.each([
    [
      "another package's file by its path",
      'packages/store/src/a.ts',
      "import { startPlatform } from '../../platform/src/index.ts';\nstartPlatform();\n",
    ],
    [
      'the same in a test',
      'packages/store/src/a.test.ts',
      "import { startPlatform } from '../../platform/src/index.ts';\nstartPlatform();\n",
    ],
    [
      'a service in the domain, by another spelling',
      'packages/platform/src/domain/a.ts',
      "import { run } from './../services/run.ts';\nrun();\n",
    ],
    [
      'a service in the domain, from deeper down',
      'packages/platform/src/domain/sub/a.ts',
      "import { run } from '../../services/run.ts';\nrun();\n",
    ],
    [
      'a service in another, from deeper down',
      'packages/platform/src/services/storage/sub/a.ts',
      "import { run } from '../../scheduler/run.ts';\nrun();\n",
    ],
    [
      'an upward import',
      'packages/store/src/a.ts',
      "import { startPlatform } from '@gaiwan/platform';\nstartPlatform();\n",
    ],
    [
      'an upward import of a type',
      'packages/store/src/a.ts',
      "import type { A } from '@gaiwan/platform';\nexport const a = (b: A): A => b;\n",
    ],
    [
      'an upward import in passing',
      'packages/files/src/a.ts',
      "export const a = () => import('@gaiwan/store');\n",
    ],
    ['an upward export', 'packages/files/src/a.ts', "export { a } from '@gaiwan/store';\n"],
    [
      'the host in a runner',
      'packages/runners/src/a.ts',
      "import { SandboxExecutor } from '@gaiwan/executors';\nnew SandboxExecutor();\n",
    ],
    [
      'the wire contracts in a runner',
      'packages/runners/src/a.ts',
      "import { worker } from '@gaiwan/protocol';\nworker();\n",
    ],
    [
      'other built-in functions than its own in a runner',
      'packages/runners/src/a.ts',
      "import { builtins } from '@gaiwan/functions';\nbuiltins.clear();\n",
    ],
    [
      'enclave in the SDK',
      'packages/client/src/a.ts',
      "import { openMachine } from '@gaiwan/enclave';\nopenMachine();\n",
    ],
    [
      'kernels in the SDK',
      'packages/client/src/a.ts',
      "import { builtins } from '@gaiwan/functions';\nbuiltins();\n",
    ],
    [
      'the network in the domain',
      'packages/platform/src/domain/a.ts',
      "import { request } from 'node:https';\nrequest('');\n",
    ],
    [
      'a file system in a built-in function',
      'packages/functions/src/a.ts',
      "import { readFileSync } from 'node:fs';\nreadFileSync('');\n",
    ],
    [
      'Node in the verifier',
      'packages/attestation/src/a.ts',
      "import { createHash } from 'node:crypto';\ncreateHash('');\n",
    ],
  ])('%s', (_what, path, text) => {
    const { status, stdout } = lint({ [path]: text });
    expect(stdout).toContain('no-restricted-imports');
    expect(status).toBe(1);
  });

  it('a type that is named by import(), which no other rule would see', () => {
    const { status, stdout } = lint({
      'packages/store/src/a.ts': "export type A = import('@gaiwan/platform').A;\n",
    });
    expect(stdout).toContain('consistent-type-imports');
    expect(status).toBe(1);
  });

  it('a circle of two files, one of whose legs is a type', () => {
    const { status, stdout } = lint({
      'packages/store/src/a.ts':
        "import { b } from './b.ts';\nexport interface A {\n  readonly a: number;\n}\nb();\n",
      'packages/store/src/b.ts':
        "import type { A } from './a.ts';\nexport const b = (a?: A): A | undefined => a;\n",
    });
    expect(stdout).toContain('no-cycle');
    expect(status).toBe(1);
  });

  it('five parameters', () => {
    const { status, stdout } = lint({
      'packages/store/src/a.ts':
        'export const a = (...[b]: string[]) => b;\nexport function c(d: 1, e: 1, f: 1, g: 1, h: 1) {\n  return d + e + f + g + h;\n}\n',
    });
    expect(stdout).toContain('max-params');
    expect(status).toBe(1);
  });

  it('a function of more than 80 lines', () => {
    const body = Array.from({ length: 90 }, (_, line) => `  a(${line});`).join('\n');
    const { status, stdout } = lint({
      'packages/store/src/a.ts': `export function b(a: (n: number) => void): void {\n${body}\n}\n`,
    });
    expect(stdout).toContain('max-lines-per-function');
    expect(status).toBe(1);
  });

  it('none of what the plan allows', () => {
    const { status, stdout } = lint({
      'packages/runners/src/a.ts':
        "import { MAX_BODY } from '@gaiwan/protocol/executor';\nexport const a: number = MAX_BODY;\n",
      'packages/client/src/a.ts':
        "import { judge } from '@gaiwan/trust';\nexport const a: unknown = judge;\n",
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

describe('knip refuses an export that nobody imports', () => {
  const run = (extra: string) => {
    const folder = plantedTree(
      {
        'package.json': JSON.stringify({
          name: 'planted',
          private: true,
          type: 'module',
          workspaces: ['packages/*'],
        }),
        'packages/files/package.json': JSON.stringify({
          name: '@gaiwan/files',
          type: 'module',
          exports: './src/index.ts',
        }),
        'packages/files/src/index.ts': "export { used } from './a.ts';\n",
        'packages/files/src/a.ts': `export const used = 1;\n${extra}`,
      },
      ['knip.json'],
    );
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    return spawnSync(tool('knip'), ['--no-config-hints'], { cwd: folder, encoding: 'utf8' });
  };

  it('and nothing else', () => {
    const planted = run('export const unused = 2;\n');
    expect(planted.stdout).toContain('unused');
    expect(planted.status).toBe(1);
    const clean = run('');
    expect(clean.stdout).not.toContain('a.ts');
    expect(clean.status).toBe(0);
  });
});

describe('the plan', () => {
  const plan: Plan = readPlan();

  it('has no fault, and everything that is made from it is up to date', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(root, 'scripts/house/generate.ts'), '--check'],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('refuses an import of the same or a higher layer, folders that it does not know, and what packages declare beside it', () => {
    const folders = readdirSync(join(root, 'packages'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const declared = (name: string) => ({
      dependencies: Object.fromEntries(
        (plan.packages[name]?.imports ?? []).map((one) => [`@gaiwan/${one}`, '0']),
      ),
    });
    expect(faultsOf(plan, folders, declared)).toEqual([]);
    expect(faultsOf(plan, [...folders, 'shed'], declared)).toEqual([
      'packages/shed is not in packages/plan.json',
    ]);
    const store = { layer: 1, sentence: '', imports: ['platform'] };
    const upward = faultsOf({ ...plan, packages: { ...plan.packages, store } }, folders, declared);
    expect(upward).toContain('store imports platform, which is not in a lower layer');
    const hidden = faultsOf(plan, folders, (name) =>
      name === 'files' ? { dependencies: { '@gaiwan/errors': '0', '@gaiwan/store': '0' } } : declared(name),
    );
    expect(hidden).toEqual(['files/package.json depends on store, and the plan does not say so']);
  });

  it('is drawn with every package', () => {
    const svg = filesOf(plan).get('docs/architecture.svg') ?? '';
    for (const name of Object.keys(plan.packages)) expect(svg).toContain(`>${name}</text>`);
  });
});

describe('circles', () => {
  const graph = (arrows: Readonly<Record<string, readonly string[]>>) =>
    new Map(Object.entries(arrows).map(([from, to]) => [from, new Set(to)]));

  it('are found between files and between folders', () => {
    expect(circles(graph({ a: ['b'], b: ['c'], c: ['a', 'd'], d: [] }))).toEqual([['a', 'b', 'c']]);
    expect(circles(graph({ a: ['b'], b: ['c'], c: [] }))).toEqual([]);
    const files = graph({ 'p/src/x/1.ts': ['p/src/y/1.ts'], 'p/src/y/2.ts': ['p/src/x/2.ts'] });
    expect(circles(files)).toEqual([]);
    expect(circles(folderGraph(files))).toEqual([['p/src/x', 'p/src/y']]);
  });
});

describe('the figures of the house', () => {
  let figures: Figures;
  beforeAll(() => {
    figures = measure(sources());
  });

  it('see what they are there for', () => {
    const tree = plantedTree({
      'packages/a/src/a.ts':
        "import type { B } from './b.ts';\n/** Said. */\nexport const a = (b: unknown) => b as B;\nexport const c = [1] as const;\nexport const d = (e?: any) => e!;\n",
      'packages/a/src/b.ts': "import { a } from './a.ts';\nexport type B = typeof a;\n",
    });
    expect(measure(sources(tree))).toMatchObject({
      files: 2,
      casts: 1,
      any: 1,
      nonNull: 1,
      exports: 4,
      exportsWithDocblock: 1,
      fileCircles: [['packages/a/src/a.ts', 'packages/a/src/b.ts']],
    });
  });

  it('are within the bounds of the house', () => {
    expect(faultsOfHouse(figures)).toEqual([]);
    expect(figures.files).toBeGreaterThan(500);
  });

  it('say what is beyond them', () => {
    const bad: Figures = {
      ...figures,
      any: 1,
      castsByPackage: { store: 5.1 },
      functionsOver80: ['a.ts:1'],
      functionsOverFourParameters: ['a.ts:2'],
      fileCircles: [['a.ts', 'b.ts']],
      folderCircles: [['a', 'b']],
    };
    expect(faultsOfHouse(bad)).toHaveLength(6);
  });
});
