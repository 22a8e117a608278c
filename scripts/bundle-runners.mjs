// Bundles what runs inside sandboxes, each into one file: a sandbox sees few paths of the host, and starts faster.
// What comes out is a function of the sources and of the lock file alone, for it is measured.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compileStandardLibrary } from './compile-stdlib.mjs';

const runners = fileURLToPath(new URL('../packages/runners/', import.meta.url));
const folder = `${runners}dist/bundles/`;
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  absWorkingDir: runners,
  entryPoints: ['dist/wasm.js', 'dist/javascript.js', 'dist/pyodide.js', 'dist/onnx.js'],
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
const require = createRequire(`${runners}package.json`);
copyFileSync(
  require.resolve('@jitl/quickjs-ng-wasmfile-release-sync/wasm'),
  `${folder}emscripten-module.wasm`,
);
writeFileSync(`${folder}python_stdlib.zip`, await compileStandardLibrary());
