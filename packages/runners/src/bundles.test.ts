/** What a sandbox loads is one file for each runner, and nothing of a host is in it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundles, pythonSources } from './index.ts';

/** The modules that a bundle was made of: each begins with a comment that names it. */
const modulesOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^\/\/ (\S+\.m?js)$/gm)].map(([, module = '']) => module);

const ALLOWED = [
  /^dist\/[\w/-]+\.js$/,
  /\/@gaiwan\/protocol\/dist\/((executor|arguments)\/[\w-]+|limits)\.js$/,
  /\/@gaiwan\/errors\/dist\/[\w-]+\.js$/,
  /\/node_modules\/(@jitl\/quickjs-[\w-]+|quickjs-emscripten-core)\/dist\//,
];

/** Beside these, of the one that runs a function of ours: that function, and what reads its tables. */
const OF_ONNX = [
  /\/@gaiwan\/(functions|catalogue)\/dist\//,
  /\/node_modules\/(hyparquet|hyparquet-writer)\/src\//,
];

it('the bundle onnx has the function, and neither the runtime in WebAssembly nor files of its own', () => {
  const modules = modulesOf(bundles.onnx);
  expect(modules).toContainEqual(expect.stringMatching(/functions\/dist\/onnx\/native-session\.js$/));
  const others = /\/(assets|builtins|onnx\/(instance|session|on-web-assembly))\.js$|onnxruntime/;
  expect(modules.filter((module) => others.test(module))).toEqual([]);
});

describe.each(['wasm', 'javascript', 'pyodide', 'onnx'] as const)('the bundle %s', (name) => {
  const path = bundles[name];

  it('is made of the guest, the executor protocol, the text of arguments and an engine alone', () => {
    const modules = modulesOf(path);
    expect(modules).toContain(`dist/${name}.js`);
    expect(modules).toContainEqual(expect.stringMatching(/@gaiwan\/protocol\/dist\/executor\/frame\.js$/));
    const allowed = name === 'onnx' ? [...ALLOWED, ...OF_ONNX] : ALLOWED;
    expect(modules.filter((module) => !allowed.some((pattern) => pattern.test(module)))).toEqual([]);
  });

  it('imports nothing but modules of Node', () => {
    const imported = [...readFileSync(path, 'utf8').matchAll(/^import .*? from "([^"]+)";$/gm)];
    expect(imported.map(([, module = '']) => module).filter((module) => !module.startsWith('node:'))).toEqual(
      [],
    );
  });
});

it('the Python sources are where a host is told that they are', () => {
  for (const file of ['cpython.py', 'probe.py', 'sealed.py', 'gaiwan_runner/constants.py']) {
    expect(readFileSync(pythonSources + file, 'utf8')).toContain('"""');
  }
});
