import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { bundledEngine } from './scripts/test/bundled-engine.ts';
import { bundledThread } from './scripts/test/bundled-thread.ts';

/**
 * Files that look at what their own process has and left have a process for each. All others share processes: there,
 * what isolation costs is up to half of what they take.
 */
const alone = [
  'packages/executors/src/{builtin,sandbox,testing}/**/*.test.ts',
  'packages/executors/src/staging-memory.test.ts',
  // What they put in place of a module is not seen by modules that another file has loaded.
  'packages/platform/src/services/execution/alterations.test.ts',
  'packages/platform/src/services/storage/set-aside.test.ts',
  // It needs memory of WebAssembly in a process that others have left with room for it.
  'packages/functions/src/onnx/session.test.ts',
];
/** Those share a snapshot of Python, which costs as much as two of its tasks. */
const python = ['packages/executors/src/languages/{python*,escape-pyodide}.test.ts'];
const processReports = process.env['GAIWAN_TEST_REPORTS'];

/** How much the longest tests do: in `npm test`, and in `npm run test:full`. A variable of the environment overrides either. */
const sizes = {
  /** Mutated inputs for each parser of evidence. */
  GAIWAN_FUZZ_RUNS: { test: 3000, full: 100_000 },
  /** Mutated inputs for each parser of the Python runner. */
  GAIWAN_PYTHON_FUZZ_RUNS: { test: 2000, full: 20_000 },
  /** kill -9 of a platform under load. */
  GAIWAN_TEST_KILLS: { test: 4, full: 50 },
  /** kill -9 while its keys rotate. */
  GAIWAN_TEST_ROTATION_KILLS: { test: 6, full: 25 },
  /** Times the runs of a property whose single run is costly. */
  GAIWAN_PROPERTY_FACTOR: { test: 1, full: 10 },
  /** Pairs of tables, and of lists, as other programs write them. */
  GAIWAN_TEXT_CASES: { test: 250, full: 5000 },
  /** Of how many bytes of a data folder one is flipped. */
  GAIWAN_FLIP_STRIDE: { test: 293, full: 1 },
  /** Bytes of a file that goes up and comes back in constant memory: more than the command may take beside the program. */
  GAIWAN_TEST_BIG_FILE: { test: 7 * 2 ** 25, full: 2 ** 31 },
  /** Bytes of a disk that is filled. */
  GAIWAN_TEST_SMALL_DISK: { test: 2 ** 26, full: 2 ** 30 },
  /** Histories of the store and of platforms in the simulated world. */
  GAIWAN_SIM_HISTORIES: { test: 300, full: 10_000 },
  /** Known mistakes that the simulated world must find. */
  GAIWAN_SIM_MUTATIONS: { test: 3, full: 100 },
  /** Jobs in all languages over two workers. */
  GAIWAN_MIXED_JOBS: { test: 60, full: 1000 },
  /** Seconds of a flood of strangers' calls and connections. */
  GAIWAN_FLOOD_SECONDS: { test: 3, full: 60 },
};
const depth = process.env['GAIWAN_TEST_DEPTH'] === 'full' ? 'full' : 'test';
const env = Object.fromEntries(
  Object.entries(sizes).map(([name, size]) => [name, process.env[name] ?? `${size[depth]}`]),
);

export default defineConfig({
  plugins: [bundledEngine(import.meta.dirname), bundledThread(import.meta.dirname)],
  test: {
    env,
    reporters: ['default', './tests/reporter.ts', './scripts/test/progress.ts'],
    // Two more than processors: a quarter of the time a worker waits for processes that wait themselves.
    maxWorkers: availableParallelism() + 2,
    // Bounds for what never comes, not for what is slow: a busy machine takes many times longer than a quiet one. A run that is silent for
    // longer than the first two is ended by scripts/test.ts.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 200_000 } },
    ...(processReports && {
      execArgv: ['--report-on-signal', '--report-signal=SIGQUIT', `--report-directory=${processReports}`],
    }),
    // Vitest runs them in the order of their names: the short ones at the end keep all processors busy to the last.
    projects: [
      {
        extends: true,
        test: {
          name: 'end to end',
          include: ['tests/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: './scripts/test/install-peers.mjs',
          isolate: false,
        },
      },
      { extends: true, test: { name: 'python', include: python, isolate: false } },
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['packages/*/src/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...alone, ...python],
          isolate: false,
        },
      },
    ],
  },
});
