// Copies what built-in functions take of packages that are more than ten times as large, and whose other code never runs: then those packages
// are needed for the build alone, and neither installed nor measured with the program.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const functions = join(root, 'packages/functions');
const folder = join(functions, 'dist/assets');

const model = '@vladmandic/face-api/model/tiny_face_detector_model';
const copied = [`${model}.bin`, `${model}-weights_manifest.json`];

/** Of its 141 MB two files are wanted: it is not installed, its archive is fetched once and these are taken out of it. */
const RUNTIME = 'onnxruntime-web@1.30.0';
/** SHA-256 of each. */
const extracted = {
  'ort-wasm-simd-threaded.mjs': 'e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b',
  'ort-wasm-simd-threaded.wasm': '3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2',
};

const isRight = (path, digest) =>
  existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex') === digest;

function run(program, args, cwd) {
  const { status, error } = spawnSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (error) throw error;
  if (status !== 0)
    throw new Error(
      `${program} ${args[0]} failed: the build takes two files of ${RUNTIME} from the package registry`,
    );
}

/** Puts them into a folder, under their names. */
function fetchRuntime(to) {
  mkdirSync(to, { recursive: true });
  const work = mkdtempSync(join(to, 'fetch-'));
  try {
    run('npm', ['pack', RUNTIME, '--prefer-offline', '--ignore-scripts', '--loglevel=error'], work);
    const archive = readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '';
    const names = Object.keys(extracted).map((name) => `package/dist/${name}`);
    run('tar', ['-xzf', archive, ...names], work);
    for (const [name, digest] of Object.entries(extracted)) {
      const path = join(work, 'package/dist', name);
      if (!isRight(path, digest))
        throw new Error(`${name} of ${RUNTIME} is not the file that scripts/copy-assets.mjs names`);
      renameSync(path, join(to, name));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

mkdirSync(folder, { recursive: true });
const wanted = new Set([...copied.map((path) => basename(path)), ...Object.keys(extracted)]);
for (const name of readdirSync(folder))
  if (!wanted.has(name)) rmSync(join(folder, name), { recursive: true });

const { resolve } = createRequire(join(functions, 'package.json'));
for (const specifier of copied) copyFileSync(resolve(specifier), join(folder, basename(specifier)));

const are = (where) =>
  Object.entries(extracted).every(([name, digest]) => isRight(join(where, name), digest));
if (!are(folder)) {
  // What an earlier build has left, also that of another folder with the same packages.
  const kept = join(root, 'node_modules/.cache/gaiwan', RUNTIME);
  if (!are(kept)) fetchRuntime(kept);
  for (const name of Object.keys(extracted)) copyFileSync(join(kept, name), join(folder, name));
}
