/** Hostile functions on Pyodide, with no layer around them but the process: what stops them is the interpreter and its seal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  afterHonestWork,
  attempt,
  body,
  type Ended,
  HONEST_INPUTS,
  PythonBench,
  saySkipped,
} from '../testing/python.ts';

saySkipped();

const SECRET = 'a-planted-secret-77f1';
const PLANTED = join(tmpdir(), `gaiwan-planted-${process.pid}`);
const PROOF = join(tmpdir(), `gaiwan-proof-${process.pid}`);
/** ctypes is not offered; this takes it back. */
const CTYPES = 'import sys\ndel sys.modules["_ctypes"]\nimport _ctypes\nhandle = _ctypes.dlopen(None, 0)\n';

describe('the interpreter layer alone: python/mesapy', () => {
  const bench = new PythonBench('mesapy');
  let server: Server;
  let connections = 0;
  beforeAll(async () => {
    process.env['GAIWAN_TEST_SECRET'] = SECRET;
    writeFileSync(PLANTED, SECRET);
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await bench.open({ require: ['process'], without: ['namespaces', 'seccomp', 'rlimits', 'cgroups'] });
    expect(bench.executor.layers).toEqual(['process']);
  });
  afterAll(async () => {
    delete process.env['GAIWAN_TEST_SECRET'];
    server.close();
    rmSync(PLANTED);
    expect(await bench.close()).toEqual([]);
    expect([connections, existsSync(PROOF)]).toEqual([0, false]);
  });

  it.skipIf(process.platform !== 'linux')(
    'that waits for a job waits in the kernel, and does not poll',
    async () => {
      const [program = '', ...args] = bench.runner.command;
      const child = spawn(program, args, { cwd: '/', env: {}, stdio: 'pipe' });
      try {
        // It is ready.
        await once(child.stdout, 'data');
        for (const descriptor of [0, 1, 2]) {
          const [, flags = ''] =
            /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/${child.pid}/fdinfo/${descriptor}`, 'utf8')) ?? [];
          expect(Number.parseInt(flags, 8) & constants.O_NONBLOCK, `descriptor ${descriptor}`).toBe(0);
        }
      } finally {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
    },
  );

  /** They change nothing in the interpreter, so one process tries them all. */
  const harmless: readonly (readonly [what: string, code: string, expected: RegExp])[] = [
    ['import js', 'import js\nreturn str(js.process.env)', /^ModuleNotFoundError: No module named 'js'$/],
    ['pyodide_js', 'import pyodide_js\nreturn str(pyodide_js.FS)', /^ModuleNotFoundError/],
    ['run_js', 'from pyodide.code import run_js\nreturn str(run_js("process.pid"))', /^ModuleNotFoundError/],
    [
      'to_js and the constructor of its constructor',
      'from pyodide.ffi import to_js\nreturn str(to_js([1]).constructor.constructor("return process")())',
      /^SystemError: .*to_js/,
    ],
    [
      'create_proxy',
      'from pyodide.ffi import create_proxy\nreturn str(create_proxy(print).constructor)',
      /^(SystemError|AttributeError|TypeError)/,
    ],
    [
      'JavaScript objects that the collector knows',
      'import gc\nfound = [o for o in gc.get_objects() if "JsProxy" in [c.__name__ for c in type(o).__mro__]]\nreturn str([str(o.constructor.constructor("return process")()) for o in found] or "none")',
      /^(none|SystemError|AttributeError|TypeError)/,
    ],
    [
      'ctypes',
      'import ctypes\nreturn str(ctypes.CDLL(None).emscripten_run_script(b"1"))',
      /^(ModuleNotFoundError|ImportError)/,
    ],
    ['os.system', `import os\nreturn str(os.system("touch ${PROOF}"))`, /^-1$/],
    [
      'os.popen',
      `import os\nreturn os.popen("touch ${PROOF}").read()`,
      /^(OSError|AttributeError|NotImplementedError)/,
    ],
    [
      'subprocess',
      'import subprocess\nreturn subprocess.check_output(["id"]).decode()',
      /^OSError: .*does not support processes/,
    ],
    ['fork', 'import os\nreturn str(os.fork())', /^OSError/],
    ['exec', 'import os\nos.execv("/bin/sh", ["sh"])', /^OSError/],
    [
      'signals to the worker',
      'import os\nos.kill(os.getppid(), 9)\nreturn "sent"',
      /^(PermissionError|sent|AttributeError|ProcessLookupError)/,
    ],
    ['a file of the host', `return open("${PLANTED}").read()`, /^FileNotFoundError/],
    ['the folder of the worker', 'import os\nreturn str(os.listdir("/root"))', /^FileNotFoundError/],
    ['/proc', 'import os\nreturn " ".join(os.listdir("/proc"))', /^self$/],
    ['the environment in /proc', 'return open("/proc/self/environ").read()', /^FileNotFoundError/],
    ['the environment', 'import os\nreturn str(dict(os.environ))', /^{}$/],
    ['names', 'import socket\nreturn str(socket.getaddrinfo("localhost", 80))', /^gaierror/],
    [
      'a server of the host',
      'import socket\ns = socket.socket()\ns.connect(("127.0.0.1", PORT))\ns.send(b"x")\nreturn "sent"',
      /^(OSError|PermissionError|BlockingIOError|ConnectionError|gaierror)/,
    ],
    [
      'pyfetch and open_url',
      'from pyodide.http import open_url\nreturn open_url("http://127.0.0.1/").read()',
      /^(ModuleNotFoundError|ImportError|NameError)/,
    ],
    [
      'threads',
      'import threading\nthreading.Thread(target=print).start()',
      /^RuntimeError: can't start new thread$/,
    ],
    ['memory beyond the end', 'return str(bytearray(1 << 50))', /^(MemoryError|OverflowError)/],
    ["another task's input", 'return inputs["../other"].read()', /^KeyError/],
  ];
  describe('tried in one process:', () => {
    let ended: ReadonlyMap<string, Ended>;
    beforeAll(async () => {
      const { port } = server.address() as { port: number };
      const cases = new Map(
        harmless.map(([what, code]) => [what, { payload: attempt(code.replace('PORT', `${port}`)) }]),
      );
      const outcome = await bench.table(cases);
      ({ ended } = outcome);
      expect(outcome.log).not.toContain(SECRET);
    });
    it('a server of the host hears nothing', () => {
      expect(connections).toBe(0);
    });

    it.each(harmless)('%s', (what, _, expected) => {
      expect(ended.get(what)).toEqual({ text: expect.stringMatching(expected) });
      expect(JSON.stringify(ended.get(what))).not.toContain(SECRET);
    });
  });

  describe('each in a process of its own:', () => {
    const options = { inputs: HONEST_INPUTS };
    // Whatever a process did, the next job is right: each of them works honestly first.
    afterAll(async () => {
      expect((await bench.run(body(afterHonestWork('return "honest"')), options)).text).toBe('honest');
    });

    it.each([
      [
        'the finder of js, put back',
        'import sys, _pyodide._importhook as hook\nsys.meta_path.append(hook.jsfinder)\nimport js\nreturn str(js.process)',
        /^(ModuleNotFoundError|AttributeError|SystemError)/,
      ],
      [
        'ctypes, taken back',
        'import sys\ndel sys.modules["_ctypes"]\nimport ctypes\nreturn str(ctypes.CDLL(None).system(b"id"))',
        /^MemoryError/,
      ],
      [
        'a call through _ctypes to JavaScript',
        `${CTYPES}address = _ctypes.dlsym(handle, "emscripten_run_script")\nreturn str(_ctypes.call_function(address, (b"process.exit(3)",)))`,
        /^MemoryError/,
      ],
      [
        'a call through _ctypes to a shell',
        `${CTYPES}address = _ctypes.dlsym(handle, "system")\nreturn str(_ctypes.call_function(address, (b"touch ${PROOF}",)))`,
        /^MemoryError/,
      ],
      [
        "another task's handle",
        'from gaiwan_runner import channel\nimport gc\nc = [o for o in gc.get_objects() if isinstance(o, channel.Channel)][0]\nreturn str(c.request({"type": "open", "input": "other"}))',
        /^Refused/,
      ],
    ])('%s', async (_, code, expected) => {
      const { text, log } = await bench.run(attempt(afterHonestWork(code)), options);
      expect(text).not.toContain('the job before did harm');
      expect(text).toMatch(expected);
      expect(text + log).not.toContain(SECRET);
    }); // prettier-ignore

    it.each([
      [
        'recursion without a limit',
        'import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1) + 1\nreturn f(0)',
        /^RecursionError/,
      ],
      ['recursion within C', 'x = []\nfor i in range(200000): x = [x]\nreturn repr(x)', /^RecursionError/],
      ['an exit without a word', 'import os\nos._exit(0)', /ended before it was done/],
      [
        'garbage on the channel',
        'import os\nfor d in range(3, 9):\n    try: os.write(d, b"\\xff" * 64)\n    except OSError: pass\nreturn 1',
        /protocol|ended before/,
      ],
    ])('%s ends that process alone', async (_, code, expected) => {
      const { code: kind, message } = await bench.failure(body(afterHonestWork(code)), options);
      expect(['function', 'crashed']).toContain(kind);
      expect(message).toMatch(expected);
    }); // prettier-ignore

    describe('of two that start from one snapshot,', () => {
      type Draws = readonly [unknown, unknown, unknown];
      interface Answer {
        readonly draws: Draws;
        readonly found: readonly boolean[];
      }
      let answers: readonly Answer[];
      beforeAll(async () => {
        const code = `
import builtins, os, random, secrets, sys, uuid
found = [hasattr(builtins, "left"), hasattr(sys, "left"), os.path.exists("/tmp/left"), builtins.sum is None]
draws = [random.random(), str(uuid.uuid4()), secrets.token_hex(8)]
builtins.left = 1
sys.left = 1
open("/tmp/left", "w").write("x")
builtins.sum = None
return {"draws": draws, "found": found}`;
        const both = [(await bench.run(body(code))).text, (await bench.run(body(code))).text];
        answers = both.map((text) => JSON.parse(text) as Answer);
      });

      it('the second finds nothing of what the first left', () => {
        expect(answers.map(({ found }) => found)).toEqual(Array(2).fill([false, false, false, false]));
      });

      it.each([
        ['random', 0],
        ['uuid', 1],
        ['secrets', 2],
      ] as const)('the second does not draw the random numbers of the first: %s', (_, index) => {
        const [first, second] = answers.map(({ draws }) => draws[index]);
        expect(first).toBeDefined();
        expect(second).not.toBe(first);
      });
    });
  });
});
