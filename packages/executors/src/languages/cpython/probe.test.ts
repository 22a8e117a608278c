/** What the operator's modules can do when the interpreter is asked about itself, and what of its answer is believed. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canTest } from '../../testing/perl.ts';
import { hasPython3, PYTHON3, saySkipped } from '../../testing/python.ts';
import { prefixesOf } from './prefixes.ts';
import { checkProbe } from './probe.ts';
import { cpythonRunner } from './spec.ts';

saySkipped();

const possible = hasPython3 && (await canTest('namespaces', 'seccomp', 'rlimits'));
if (!possible)
  console.warn(`SKIPPED: ${PYTHON3} and bubblewrap are wanted to ask an interpreter in a sandbox.`);

let folder: string;
let python: string;
/** A virtual environment, as `python3 -m venv` makes it, with one module. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-probe-'));
  const environment = join(folder, 'environment');
  mkdirSync(join(environment, 'bin'), { recursive: true });
  writeFileSync(join(environment, 'pyvenv.cfg'), 'home = /usr/bin\ninclude-system-site-packages = false\n');
  python = join(environment, 'bin', 'python3');
  symlinkSync(PYTHON3, python);
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(name: string, source: string): void {
  const library = realpathSync(PYTHON3).split('/').at(-1) ?? '';
  const at = join(folder, 'environment', 'lib', library, 'site-packages');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, `${name}.py`), source);
}

const runner = (modules: readonly string[]) => cpythonRunner({ python, modules, sandbox: { folder } });

describe.skipIf(!possible)('a module that is imported ahead of time', () => {
  it('is asked within the sandbox: no file of the host, no process, no socket, no user of the host', async () => {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'a secret', { mode: 0o644 });
    install(
      'curious',
      `
import os, socket, sys
def fails(what):
    try:
        what()
    except OSError:
        return
    sys.exit("it got out")
fails(lambda: open(${JSON.stringify(secret)}))
fails(lambda: open("/etc/passwd"))
fails(lambda: os.listdir(${JSON.stringify(folder)} + "/..") and os.stat(${JSON.stringify(secret)}))
fails(lambda: open(os.path.dirname(__file__) + "/left-behind", "w"))
fails(lambda: socket.socket())
fails(lambda: os.fork())
if os.getuid() != 1000 or [p for p in os.listdir("/proc") if p.isdigit()] != ["1", "2"]:
    sys.exit("it sees the host")
print("a module that talks")
`,
    );
    const found = await runner(['curious']);
    expect(found.name).toMatch(/^Python \(3\.\d+\.\d+ with curious\)$/);
    expect(found.readOnly).toEqual(expect.arrayContaining([join(folder, 'environment'), python]));
    expect(found.command[0]).toBe(python);
    expect(readdirSync(folder).sort()).toEqual(['environment', 'secret']);
  });

  it.each([
    ['computes', 'import math\nhalf = math.pi / 2', 'fork'],
    [
      'starts a thread',
      'import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()',
      undefined,
    ],
    ['opens a file', 'held = open("/proc/self/stat")', undefined],
    ['shares memory', 'import mmap\nshared = mmap.mmap(-1, 4096)', undefined],
  ])(
    'that %s when it is loaded: calls share a sandbox where nothing of it is shared',
    async (_what, source, reuse) => {
      install('loaded', source);
      expect((await runner(['loaded'])).reuse).toBe(reuse);
    },
  );

  it.each(['/', '/root', '/proc', '/var/lib', '/usr/../root', '/usr/nowhere', 'usr'])(
    'cannot have sandboxes see %s',
    async (path) => {
      install(
        'greedy',
        `
import json, os
print(json.dumps({"version": "3.11.2", "paths": [${JSON.stringify(path)}], "residentMiB": 10}), flush=True)
os._exit(0)
`,
      );
      await expect(runner(['greedy'])).rejects.toMatchObject({
        code: 'runner',
        message: expect.stringMatching(/neither the system's nor|which is no path here/) as string,
      });
    },
  );

  it.each([
    ['fails', 'raise ValueError("no such luck")', 'ValueError: no such luck'],
    ['ends', 'import os\nos._exit(0)', 'it ends without an answer'],
    ['answers with a text', 'import os\nprint("hello", flush=True)\nos._exit(0)', 'not answer with JSON'],
    ['answers without end', 'while True: print("x" * 10000)', 'not answer with JSON'],
  ])('and %s: the interpreter is not used', async (_what, source, why) => {
    install('broken', source);
    await expect(runner(['broken'])).rejects.toMatchObject({
      code: 'runner',
      message: expect.stringContaining(why) as string,
    });
  });

  it('and is not there, as the interpreter may be: says so', async () => {
    await expect(runner(['missing'])).rejects.toThrow(/No module named 'missing'/);
    python = join(folder, 'nothing');
    await expect(runner([])).rejects.toThrow(/nothing cannot be used for functions: it is not there/);
  });
});

describe('where an interpreter is installed', () => {
  it.skipIf(!hasPython3)(
    'is its own prefix, that of the program behind the link, and that of its base',
    () => {
      const base = join(folder, 'base');
      mkdirSync(join(base, 'bin'), { recursive: true });
      writeFileSync(join(folder, 'environment', 'pyvenv.cfg'), `home = ${base}/bin\n`);
      expect(prefixesOf(python)).toEqual([join(folder, 'environment'), '/usr', realpathSync(base)]);
      expect(prefixesOf('/usr/bin/env')).toEqual(['/usr']);
    },
  );

  it('is no folder that holds everything', () => {
    const at = join(tmpdir(), `gaiwan-${process.pid}`);
    symlinkSync('/proc/self/exe', at);
    try {
      // PREFIX/bin/python3 with the temporary folder as "bin": its prefix is the root, and the system's is seen anyway.
      if (tmpdir() === '/tmp') expect(prefixesOf(at)).not.toContain('/');
    } finally {
      rmSync(at);
    }
    expect(() => prefixesOf('/proc/self/exe')).toThrow(/which no sandbox is shown/);
  });
});

describe('the answer', () => {
  const good = { version: '3.11.2', paths: ['/usr'], residentMiB: 10 };
  it.each([
    [{ ...good, version: 3 }, 'no version'],
    [{ ...good, version: '3.11.2\nx' }, 'no version'],
    [{ ...good, residentMiB: -1 }, 'its memory'],
    [{ ...good, residentMiB: 1e9 }, 'its memory'],
    [{ ...good, residentMiB: '10' }, 'its memory'],
    [{ ...good, paths: '/usr' }, 'no list of paths'],
    [{ ...good, paths: Array(1001).fill('/usr') }, 'no list of paths'],
    [{ ...good, paths: [1] }, 'no path here'],
    [{ ...good, paths: ['/usr\0'] }, 'no path here'],
    [null, 'no version'],
  ])('%j is refused', (answer, why) => {
    expect(() => checkProbe(JSON.stringify(answer), ['/usr'])).toThrow(why);
  });

  it('may lead nowhere else by a link', () => {
    symlinkSync('/', join(folder, 'link'));
    const answer = JSON.stringify({ ...good, paths: [join(folder, 'link')] });
    expect(() => checkProbe(answer, [folder])).toThrow(/neither the system's/);
  });

  it('whatever it is: is refused, or has nothing but paths within what was shown', () => {
    const path = fc.oneof(
      fc.string(),
      fc.constantFrom('/usr', '/usr/bin', '/usr/..', '/', '/etc', '/usr/bin/'),
    );
    const almost = fc.record({
      version: fc.constant('3.11.2'),
      paths: fc.array(path),
      residentMiB: fc.double(),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          almost.map((value) => JSON.stringify(value)),
        ),
        (answer) => {
          let paths: readonly string[];
          try {
            paths = checkProbe(answer, ['/usr']).paths;
          } catch {
            return;
          }
          expect(paths.every((one) => /^\/usr(\/|$)/.test(one) && existsSync(one))).toBe(true);
        },
      ),
    );
  });
});
