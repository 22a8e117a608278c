/**
 * The Python runner on Pyodide, one process of Node for one job:
 *
 *     node FLAGS pyodide.mjs make PYODIDE PYTHON             writes a snapshot of a loaded interpreter to standard output
 *     node FLAGS pyodide.mjs run PYODIDE SNAPSHOT SHA-256    serves a job from it
 *
 * PYTHON is the folder of the runner's own sources.
 *
 * JavaScript is a pipe here and nothing more: Python itself speaks the executor protocol over the descriptors 0 and 1.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeFrame } from '@gaiwan/protocol/executor';
import type { PyodideAPI } from 'pyodide';
import { writeAll } from './io.ts';
import { boot } from './pyodide/boot.ts';
import { connect } from './pyodide/descriptors.ts';
import { boundFiles } from './pyodide/memory-files.ts';
import { Seal } from './pyodide/seal.ts';

/** Beside this program, as it is built. */
const standardLibrary = join(import.meta.dirname, 'python_stdlib.zip');

/** What functions import often, and the runner itself: all of it is in the snapshot. */
const PRELOAD = `
import sys
sys.path.insert(0, '/runner')
import array, base64, bisect, collections, csv, datetime, decimal, fractions, functools, hashlib, heapq, hmac, io, itertools
import json, math, operator, random, re, statistics, string, struct, tempfile, textwrap, time, traceback, types, typing
import zipfile, zlib, unicodedata, uuid
import sealed
sys.path.remove('/runner')
sealed.forget()
`;

/** At once: an orderly end of V8 would take longer than most jobs. Not by SIGKILL, which says that the host did it. */
function end(code: number): never {
  process.kill(process.pid, 'SIGTERM');
  return process.exit(code);
}

function copyRunner(pyodide: PyodideAPI, sources: string): void {
  pyodide.FS.mkdirTree('/runner/gaiwan_runner');
  for (const name of [
    'sealed.py',
    ...readdirSync(join(sources, 'gaiwan_runner')).map((file) => `gaiwan_runner/${file}`),
  ]) {
    if (name.endsWith('.py')) pyodide.FS.writeFile(`/runner/${name}`, readFileSync(join(sources, name)));
  }
}

async function make(folder: string, sources: string): Promise<void> {
  const pyodide = await boot(new Seal(() => undefined), { folder, standardLibrary, end });
  copyRunner(pyodide, sources);
  pyodide.runPython(PRELOAD);
  writeAll(1, pyodide.makeMemorySnapshot());
}

async function run(folder: string, path: string, digest: string): Promise<void> {
  const snapshot = readFileSync(path);
  // The snapshot is code that will see plaintext: it must be the very one that this worker made.
  if (createHash('sha256').update(snapshot).digest('hex') !== digest) {
    throw new Error(`The snapshot ${path} was changed: start the worker again.`);
  }
  const seal = new Seal((name) => writeSync(2, `gaiwan: the sandbox has no ${name}\n`));
  const size = snapshot.length;
  const pyodide = await boot(seal, { folder, standardLibrary, end, snapshot });
  // The interpreter has its own copy, and Pyodide keeps this one for nothing: a process that waits for a job is 30 MiB smaller without it.
  snapshot.buffer.transfer(0);
  connect(pyodide, (mebibytes) => {
    seal.close(size + mebibytes * 2 ** 20);
    boundFiles(pyodide, mebibytes * 2 ** 20);
  });
  try {
    pyodide.runPython('import sealed; sealed.run()');
  } catch (error) {
    // WebAssembly's stack is JavaScript's, and Python does not know where it ends.
    if (!(error instanceof RangeError)) throw error;
    const message = 'RecursionError: the function recursed deeper than the interpreter can.';
    for (const part of encodeFrame({ type: 'failed', message })) writeAll(1, part);
    end(0);
  }
}

const [mode, folder = '', path = '', digest = ''] = process.argv.slice(2);
await (mode === 'make' ? make(folder, path) : run(folder, path, digest));
