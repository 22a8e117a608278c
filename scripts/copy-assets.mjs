// Copies what built-in functions take of packages that are more than ten times as large, and whose other code never runs: then those packages
// are needed for the build alone, and neither installed nor measured with the program.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const functions = fileURLToPath(new URL('../packages/functions/', import.meta.url));
const folder = join(functions, 'dist/assets');
const { resolve } = createRequire(join(functions, 'package.json'));
const model = '@vladmandic/face-api/model/tiny_face_detector_model';

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const specifier of [
  'onnxruntime-web/ort-wasm-simd-threaded.mjs',
  'onnxruntime-web/ort-wasm-simd-threaded.wasm',
  `${model}.bin`,
  `${model}-weights_manifest.json`,
])
  copyFileSync(resolve(specifier), join(folder, basename(specifier)));
