/** Hostile functions on Pyodide, with no layer around them but the process: what stops them is the interpreter and its seal. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attempt, body, type Ended, PythonBench } from '../testing/python.ts';

const SECRET = 'a-planted-secret-77f1';
const PLANTED = join(tmpdir(), `gaiwan-planted-${process.pid}`);
const PROOF = join(tmpdir(), `gaiwan-proof-${process.pid}`);
const HONEST = body('return sum(map(int, inputs.text("i").read().split()))');
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
    server.close();
    rmSync(PLANTED);
    expect(await bench.close()).toEqual([]);
    expect([connections, existsSync(PROOF)]).toEqual([0, false]);
  });
  /** Whatever a process did, the next job is right. */
  const honest = async () => {
    expect((await bench.run(HONEST, { inputs: { i: '40 2' } })).text).toBe('42');
  };

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
      const cases = new Map(harmless.map(([what, code]) => [what, { payload: attempt(code) }]));
      const outcome = await bench.table(cases);
      ({ ended } = outcome);
      expect(outcome.log).not.toContain(SECRET);
    });
    afterAll(honest);

    it.each(harmless)('%s', (what, _, expected) => {
      expect(ended.get(what)).toEqual({ text: expect.stringMatching(expected) });
      expect(JSON.stringify(ended.get(what))).not.toContain(SECRET);
    });
  });

  describe('each in a process of its own:', () => {
    afterEach(honest);

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
      const { text, log } = await bench.run(attempt(code));
      expect(text).toMatch(expected);
      expect(text + log).not.toContain(SECRET);
    }); // prettier-ignore

    it('the network: a server of the host hears nothing', async () => {
      const { port } = server.address() as { port: number };
      const { text } = await bench.run(
        attempt(
          `import socket\ns = socket.socket()\ns.connect(("127.0.0.1", ${port}))\ns.send(b"x")\nreturn "sent"`,
        ),
      );
      expect(text).toMatch(/^(OSError|PermissionError|BlockingIOError|ConnectionError|gaierror)/);
      expect(connections).toBe(0);
    });

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
      const { code: kind, message } = await bench.failure(body(code));
      expect(['function', 'crashed']).toContain(kind);
      expect(message).toMatch(expected);
    }); // prettier-ignore

    it('what a function leaves is gone for the next', async () => {
      const leave =
        'import builtins, sys, random\nbuiltins.left = 1\nsys.left = 1\nopen("/tmp/left", "w").write("x")\nbuiltins.sum = None\n';
      await bench.run(body(`${leave}return 1`));
      const look =
        'import builtins, sys, os\nreturn [hasattr(builtins, "left"), hasattr(sys, "left"), os.path.exists("/tmp/left")]';
      expect((await bench.run(body(look))).text).toBe('[false,false,false]');
    });

    it('sandboxes from one snapshot do not draw the same random numbers', async () => {
      const draw = body(
        'import os, random, uuid, secrets\nreturn [random.random(), str(uuid.uuid4()), secrets.token_hex(8)]',
      );
      const [a, b] = [
        JSON.parse((await bench.run(draw)).text),
        JSON.parse((await bench.run(draw)).text),
      ] as unknown[][];
      for (const index of [0, 1, 2]) expect(a?.[index]).not.toBe(b?.[index]);
    });
  });
});
