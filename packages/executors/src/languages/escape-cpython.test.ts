/** Hostile functions in native Python: the interpreter keeps nothing back, so what stops them are the layers around the process. */
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canTest } from '../testing/perl.ts';

saySkipped();

import {
  afterHonestWork,
  attempt,
  body,
  type Ended,
  HONEST_INPUTS,
  hasPython3,
  PythonBench,
  saySkipped,
} from '../testing/python.ts';

const SECRET = 'a-planted-secret-19c2';
const PLANTED = join(tmpdir(), `gaiwan-planted-native-${process.pid}`);
const LIBC = 'import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n';
const errno = (call: string) => `${LIBC}return str((libc.${call}, ctypes.get_errno()))`;

const possible = hasPython3 && (await canTest('namespaces', 'seccomp', 'rlimits'));

describe.skipIf(!possible)('layers around python/cpython', () => {
  const bench = new PythonBench('cpython');
  let server: Server;
  let connections = 0;
  beforeAll(async () => {
    process.env['GAIWAN_TEST_SECRET'] = SECRET;
    writeFileSync(PLANTED, SECRET);
    server = createServer(() => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await bench.open();
  });
  afterAll(async () => {
    server.close();
    rmSync(PLANTED);
    expect(await bench.close()).toEqual([]);
    expect(connections).toBe(0);
  });
  type Probe = readonly [layer: string, what: string, code: string, expected: RegExp];
  /** They change nothing in their process, so one tries them all. */
  const harmless: readonly Probe[] = [
    ['seccomp', 'os.system', 'import os\nreturn str(os.system("id"))', /^(-1|32512)$/],
    [
      'seccomp',
      'subprocess',
      'import subprocess\nreturn subprocess.check_output(["id"]).decode()',
      /^(PermissionError|FileNotFoundError)/,
    ],
    [
      'seccomp',
      'a socket',
      'import socket\nsocket.create_connection(("127.0.0.1", PORT))\nreturn "connected"',
      /^PermissionError/,
    ],
    [
      'seccomp',
      'names',
      'import socket\nreturn str(socket.getaddrinfo("localhost", 80))',
      /^(PermissionError|gaierror)/,
    ],
    ['namespaces', 'a file of the host', `return open("${PLANTED}").read()`, /^FileNotFoundError/],
    ['namespaces', '/etc/passwd', 'return open("/etc/passwd").read()', /^FileNotFoundError/],
    [
      'namespaces',
      'processes',
      'import os\nreturn str([p for p in os.listdir("/proc") if p.isdigit()])',
      /^\['1', '2'\]$/,
    ],
    [
      'process',
      'the environment',
      'import os\nreturn str(sorted(os.environ))',
      /^\[('PWD')?(, )?('LC_CTYPE')?\]$/,
    ],
    [
      'process',
      'environments in /proc',
      'import os\nout = ""\nfor p in "12":\n    try: out += open(f"/proc/{p}/environ").read()\n    except OSError as e: out += str(e)\nreturn out or "nothing"',
      /^((?!GAIWAN).)*$/s,
    ],
    ['namespaces', 'writing to the system', 'open("/usr/x", "w")', /^OSError: \[Errno 30\]/],
    [
      'namespaces',
      'a change of its own code',
      'import gaiwan_runner.process as p\nopen(p.__file__, "w")',
      /^(OSError: \[Errno 30\]|PermissionError)/,
    ],
    ['seccomp', 'ptrace', errno('ptrace(16, 1, 0, 0)'), /^\(-1, 1\)$/],
    [
      'rlimits',
      'raising a limit',
      'import resource as r\nr.setrlimit(r.RLIMIT_NOFILE, (4096, 4096))\nreturn "raised"',
      /^(ValueError|PermissionError)/,
    ],
    ['process', 'an input of nobody', 'return inputs["../../etc/passwd"].read()', /^KeyError/],
    ['namespaces', 'a kill of the worker', `import os\nos.kill(${process.pid}, 9)`, /^ProcessLookupError/],
    ['seccomp', 'mount', errno('mount(b"a", b"/tmp", b"tmpfs", 0, 0)'), /^\(-1, 1\)$/],
    ['seccomp', 'unshare', errno('unshare(0x10000000)'), /^\(-1, 1\)$/],
  ];
  describe('tried in one process:', () => {
    let ended: ReadonlyMap<string, Ended>;
    beforeAll(async () => {
      const { port } = server.address() as { port: number };
      const cases = new Map(
        harmless.map(([, what, code]) => [what, { payload: attempt(code.replace('PORT', `${port}`)) }]),
      );
      expect(cases.size).toBe(harmless.length);
      const outcome = await bench.table(cases);
      ({ ended } = outcome);
      expect(outcome.log).not.toContain(SECRET);
    });

    it.each(harmless)('%s stops %s', (layer, what, _, expected) => {
      expect(ended.get(what)).toEqual({ text: expect.stringMatching(expected) });
      expect(JSON.stringify(ended.get(what))).not.toContain(SECRET);
      expect(bench.executor.layers).toContain(layer);
    });
  });

  // Whatever a process did, the next job is right: each of them works honestly first.
  const options = { inputs: HONEST_INPUTS };
  afterAll(async () => {
    expect((await bench.run(body(afterHonestWork('return "honest"')), options)).text).toBe('honest');
  });

  it.each<Probe>([
    ['seccomp', 'fork', 'import os\nreturn str(os.fork())', /^PermissionError/],
    [
      'seccomp',
      'multiprocessing',
      'import multiprocessing as m\nreturn str(m.Pool(2).map(abs, [1]))',
      /^(PermissionError|OSError|FileNotFoundError)/,
    ],
    ['namespaces', 'exec of a shell', 'import os\nos.execv("/bin/sh", ["sh"])', /^FileNotFoundError/],
    [
      'rlimits',
      'descriptors without end',
      'x = []\nwhile True: x.append(open("/dev/null"))',
      /^OSError: \[Errno 24\]/,
    ],
    [
      'rlimits',
      'threads without end',
      'import threading, time\nn = 0\nwhile n < 5000:\n    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n    n += 1\nreturn str(n)',
      /^RuntimeError: can't start new thread$/,
    ],
    [
      'namespaces',
      'a full scratch folder',
      'with open("/tmp/x", "wb") as f:\n    while True: f.write(bytes(1 << 20))',
      /^OSError: \[Errno (27|28)\]/,
    ],
  ])('in a process of its own, %s stops %s', async (layer, _, code, expected) => {
    const { text, log } = await bench.run(attempt(afterHonestWork(code)), options);
    expect(text).not.toContain('the job before did harm');
    expect(text).toMatch(expected);
    expect(text + log).not.toContain(SECRET);
    expect(bench.executor.layers).toContain(layer);
  }); // prettier-ignore

  it.each([
    ['a fault', 'import ctypes\nctypes.string_at(0)', /\((SIGSEGV|exit code 139)\)/],
    ['an exit', 'import os\nos._exit(0)', /ended before it was done/],
    [
      'bad bytecode',
      'def f(): pass\nf.__code__ = f.__code__.replace(co_code=b"\\x64\\xff" * 8)\nf()',
      /ended before|protocol|IndexError|SystemError/,
    ],
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

  it('what a function leaves is gone for the next', async () => {
    await bench.run(
      body(
        'import builtins, threading, time\nbuiltins.left = 1\nopen("/tmp/left", "w").write("x")\nthreading.Thread(target=time.sleep, args=(60,)).start()\nreturn 1',
      ),
    );
    const look = 'import builtins, os\nreturn [hasattr(builtins, "left"), os.path.exists("/tmp/left")]';
    expect((await bench.run(body(look))).text).toBe('[false,false]');
  });
});
