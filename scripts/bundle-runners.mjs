// Bundles what runs inside sandboxes, each into one file: a sandbox sees few paths of the host, and starts faster.
// What comes out is a function of the sources and of the lock file alone, for it is measured.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const executors = fileURLToPath(new URL('../packages/executors/', import.meta.url));
const folder = `${executors}dist/bundles/`;
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  absWorkingDir: executors,
  entryPoints: ['dist/runners/wasm.js', 'dist/runners/javascript.js'],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  legalComments: 'inline',
  // Comments name files: by where they are for us, wherever that is.
  preserveSymlinks: true,
  logLevel: 'warning',
});
// The engine looks for its program beside itself.
const require = createRequire(`${executors}package.json`);
copyFileSync(
  require.resolve('@jitl/quickjs-ng-wasmfile-release-sync/wasm'),
  `${folder}emscripten-module.wasm`,
);
