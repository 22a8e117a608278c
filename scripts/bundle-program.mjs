// Bundles what `gaiwan` runs, the command line, the platform, its workers and their threads, into packages/cli/bundle: Node looks for, reads and
// links a few files instead of nine hundred. What comes out is a function of the sources and of the lock file alone, for it is measured.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { plainDescriptors } from './descriptors.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = `${root}packages/cli/`;
const folder = `${cli}bundle/`;

/** What processes and threads begin with. Whoever starts one looks for it beside itself, so all of them lie in one folder. */
const entryPoints = {
  main: 'cli/dist/main.js',
  'worker-main': 'platform/dist/compose/worker-main.js',
  thread: 'executors/dist/builtin/thread.js',
  engine: 'store/dist/embedded/engine.js',
};

/** What stays in packages of its own: CommonJS, and what knows its files by its own place. The command line's package.json names them. */
const external = [
  '@cedar-policy/cedar-wasm',
  '@gaiwan/runners',
  '@sigstore/bundle',
  '@sigstore/protobuf-specs',
  '@sigstore/verify',
  'jpeg-js',
  'pino',
];

/**
 * `node:http` without the names for which Node loads its WebSocket and fetch (undici), as every `import` of it does: 0.08 s of processor time in each
 * process, for what nobody here uses. A name that is missing here fails the build.
 */
const httpAlone = {
  name: 'http-alone',
  setup(builder) {
    builder.onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'http', namespace: 'http-alone' }));
    builder.onLoad({ filter: /^/, namespace: 'http-alone' }, () => ({
      contents: `export const { Agent, METHODS, STATUS_CODES, Server, createServer, request } = process.getBuiltinModule('node:http');`,
    }));
  },
};

rmSync(folder, { recursive: true, force: true });
const { metafile, warnings } = await build({
  absWorkingDir: root,
  // By the names that packages import each other by, so that no module is in it twice.
  entryPoints: Object.fromEntries(
    Object.entries(entryPoints).map(([name, path]) => [name, `./node_modules/@gaiwan/${path}`]),
  ),
  outdir: folder,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external,
  plugins: [httpAlone, plainDescriptors],
  legalComments: 'inline',
  sourcemap: true,
  sourcesContent: false,
  // Comments name files: by where they are for us, wherever that is.
  preserveSymlinks: true,
  metafile: true,
  logLevel: 'warning',
});

// Built-in functions look for them beside their module.
cpSync(`${root}packages/functions/dist/assets`, `${folder}assets`, { recursive: true });
// So does `gaiwan demo`, for whoever has no repository.
cpSync(`${root}examples/three-banks`, `${folder}three-banks`, {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
});

const { dependencies } = JSON.parse(readFileSync(`${cli}package.json`, 'utf8'));
const faults = [
  ...warnings.map(({ text }) => `esbuild warns: ${text}`),
  ...Object.entries(metafile.inputs)
    .filter(([path, { format }]) => format !== 'esm' && !path.endsWith('.json'))
    .map(([path]) => `${path} is CommonJS, which an ES module cannot hold: name its package in \`external\``),
  ...new Set(
    Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports.filter(({ external: outside }) => outside))
      .map(({ path }) => path)
      .filter((path) => !path.startsWith('node:') && !builtinModules.includes(path))
      .filter(
        (path) => !Object.keys(dependencies).some((name) => path === name || path.startsWith(`${name}/`)),
      )
      .map((path) => `${path}, which the bundle imports, is not among the dependencies of packages/cli`),
  ),
];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
