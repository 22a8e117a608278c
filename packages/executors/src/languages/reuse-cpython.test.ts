/** A hostile first call of native Python, which nothing but the system holds, tries to leave something for the second of its trust domain. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canTest } from '../testing/perl.ts';
import { hasPython3, PYTHON3, saySkipped } from '../testing/python.ts';
import { reuseBench } from '../testing/reuse.ts';
import { cpythonRunner } from './cpython/spec.ts';

saySkipped();
const possible = hasPython3 && (await canTest('namespaces', 'seccomp', 'rlimits'));

const PRELUDE = `
import ctypes, fcntl, json, os, re, resource, signal, sys, threading, time
def attempt(action):
    try:
        return repr(action())
    except OSError as error:
        return type(error).__name__
def found():
    "What is in the scratch folder, but for what the sandbox shows there: of an installation below /tmp, its own files."
    with open("/proc/self/mountinfo") as file:
        shown = [line.split()[4].split("/") for line in file]
    return [name for name in os.listdir("/tmp") if ["", "tmp", name] not in [path[:3] for path in shown]]
`;
const indented = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => `        ${line}`)
    .join('\n');
/** One function, so one domain: the first call does, the second looks. */
const twoFaced = (leave: string, look: string) => `${PRELUDE}
def main(inputs, outputs, args):
    if args.get("first"):
${indented(leave)}
    else:
${indented(look)}
`;

async function forking() {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-reuse-python-'));
  try {
    return await cpythonRunner({ python: PYTHON3, sandbox: { folder, require: ['process'] } });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(!possible)('a second call of native Python in a sandbox', () => {
  const { call } = reuseBench(forking);
  const both = async (what: string, leave: string, look: string, more = {}) => {
    const code = twoFaced(leave, look);
    const first = await call(code, { domain: what, ...more, args: { first: 1 } });
    return { first, second: await call(code, { domain: what, ...more }) };
  };

  it.each([
    [
      'changes of modules and builtins',
      'import builtins\nbuiltins.left = json.left = sys.left = 1\nsys.path.insert(0, "/left")\nos.environ["LEFT"] = "1"\nreturn ""',
      'import builtins\nreturn [hasattr(one, "left") for one in (builtins, json, sys)] + ["/left" in sys.path, "LEFT" in os.environ]',
      '[false,false,false,false,false]',
    ],
    [
      'files in its scratch folder',
      `os.makedirs("/tmp/.a/b/c")
open("/tmp/.a/b/file", "w").write("x" * 9999)
os.symlink("/proc", "/tmp/link")
os.chmod("/tmp/.a/b", 0)
held = open("/tmp/held", "w"); os.unlink("/tmp/held"); held.write("x" * 99999); held.flush()
return ""`,
      'space = os.statvfs("/tmp")\nreturn [found(), space.f_blocks - space.f_bfree, os.stat("/tmp").st_mtime]',
      '[[],0,0.0]',
    ],
    [
      'what it changed of its descriptors',
      `for number in range(3):
    fcntl.fcntl(number, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
os.dup(2); os.pipe(); open("/proc/self/stat")
os.chdir("/"); os.umask(0); signal.signal(signal.SIGTERM, signal.SIG_IGN)
fcntl.fcntl(inputs._channel._sink, fcntl.F_SETFL, os.O_NONBLOCK)
return ""`,
      `flags = [fcntl.fcntl(number, fcntl.F_GETFL) & (os.O_NONBLOCK | os.O_APPEND) for number in (0, 1, 2, inputs._channel._sink)]
handler = signal.getsignal(signal.SIGTERM)
return [sum(flags), len(os.listdir("/proc/self/fd")), os.getcwd(), os.umask(0) != 0, handler == signal.SIG_DFL]`,
      // Its own six and the one that lists them.
      expect.stringMatching(/^\[0,[67],"\/tmp",true,true\]$/) as string,
    ],
    [
      'threads that wait to write',
      `def later():
    time.sleep(0.1)
    os.write(2, b"left\\n"); os.write(inputs._channel._sink, b"left")
for _ in range(5):
    threading.Thread(target=later, daemon=True).start()
return ""`,
      'time.sleep(0.3)\nreturn [entry for entry in os.listdir("/proc") if entry.isdigit() and int(entry) not in (1, os.getpid())]',
      '[]',
    ],
    [
      'signals to the server',
      `for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGSTOP, signal.SIGTSTP, signal.SIGKILL, signal.SIGUSR1, signal.SIGALRM):
    attempt(lambda: os.kill(1, number))
return ""`,
      'return "served"',
      'served',
    ],
    [
      'frames after its last',
      `for guess in ("0" * 32, "f" * 32):
    text = json.dumps({"type": "ready", "protocol": 1, "nonce": guess}).encode()
    frame = len(text).to_bytes(4, "big") + bytes(4) + text
    done = b'{"type":"done"}'
    os.write(inputs._channel._sink, len(done).to_bytes(4, "big") + bytes(4) + done + frame + b"\\0\\0")
return ""`,
      'return "served"',
      'served',
    ],
    [
      'the seed of its random numbers',
      'import random\nrandom.seed(1)\nreturn ""',
      'import random\nreturn random.random() == random.Random(1).random()',
      'false',
    ],
  ])('finds nothing of %s', async (what, leave, look, found) => {
    const { first, second } = await both(what, leave, look);
    expect([first.code, second.code]).toEqual(['done', 'done']);
    expect(second.text).toEqual(found);
    expect(second.log).toEqual([]);
    expect(second.pid).toBe(first.pid);
  });

  it('has no byte of the first in its memory: of its arguments, inputs, outputs and log', async () => {
    const code = `${PRELUDE}
def main(inputs, outputs, args):
    name = bytes.fromhex("6e6565646c652d").decode()
    with outputs.open("o") as file:
        file.write(inputs.open("i").read() * 5)
    open("/tmp/" + args["text"], "w").write(args["text"])
    print(args["text"])
    if args.get("first"):
        return args["text"]
    found = []
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            if "r" not in line.split()[1] or "[v" in line:
                continue
            for at in range(start, end, 1 << 20):
                memory.seek(at)
                try:
                    part = memory.read(min((1 << 20) + 64, end - at))
                except OSError:
                    continue
                found += re.findall(name.encode() + b"[a-z]+", part)
    return sorted({text.decode() for text in found})
`;
    const more = (text: string) => ({
      domain: 'memory',
      inputs: { i: text.repeat(3000) },
      outputs: ['o'],
    });
    const first = await call(code, { ...more('needle-input'), args: { first: 1, text: 'needle-arguments' } });
    expect(first.text).toBe('needle-arguments');
    const second = await call(code, { ...more('needle-other'), args: { text: 'needle-own' } });
    expect(second.pid).toBe(first.pid);
    // It sees what is its own: so it would have seen the rest.
    const found = JSON.parse(second.text) as string[];
    expect(found).toContain('needle-own');
    expect(found.filter((text) => text.includes('input') || text.includes('arguments'))).toEqual([]);
  });

  it.each([
    ['reads the memory of the server', 'open("/proc/1/mem", "rb").read(1)', 'PermissionError'],
    ['lists the descriptors of the server', 'os.listdir("/proc/1/fd")', 'PermissionError'],
    ['opens what the server hears', 'os.open("/proc/1/fd/0", os.O_RDONLY)', 'PermissionError'],
    ['reads the environment of the server', 'open("/proc/1/environ").read()', 'PermissionError'],
    [
      'changes how the server is killed',
      'open("/proc/1/oom_score_adj", "w").write("1000")',
      'PermissionError',
    ],
    ['traces the server', 'ctypes.CDLL(None).ptrace(16, 1, 0, 0)', '-1'],
    ['makes shared memory', 'ctypes.CDLL(None).shmget(1, 4096, 0o1666)', '-1'],
    ['starts a process', 'os.fork()', 'PermissionError'],
    [
      'gives itself another filter',
      '(ctypes.CDLL(None, use_errno=True).prctl(22, 2, 0, 0, 0), ctypes.get_errno())',
      '(-1, 22)',
    ],
    ['writes to shared memory', 'open("/dev/shm/left", "w")', 'OSError'],
    ['writes to the root', 'open("/left", "w")', 'OSError'],
  ])('no call %s', async (what, action, answer) => {
    const { first, second } = await both('reach', `return attempt(lambda: ${action})`, 'return "served"');
    expect([what, first.text]).toEqual([what, answer]);
    expect([second.text, second.pid]).toEqual(['served', first.pid]);
  });

  it.each([
    [
      'changed a limit of the server',
      'resource.prlimit(1, resource.RLIMIT_STACK, (1 << 20, 1 << 20))\nreturn ""',
    ],
    ['bound the server to a processor', 'os.sched_setaffinity(1, {min(os.sched_getaffinity(0))})\nreturn ""'],
    ['closed its scratch folder', 'os.chmod("/tmp", 0o500)\nreturn ""'],
    ['failed', 'raise ValueError("no")'],
    ['left', 'os._exit(0)'],
    ['was killed', 'os.kill(os.getpid(), signal.SIGTERM)'],
    [
      'was refused a request',
      'try:\n    inputs._channel.request({"type": "open", "input": "x"})\nexcept Exception:\n    pass\nreturn ""',
    ],
    ['left half a frame', 'os.write(inputs._channel._sink, b"\\0\\0\\0\\x20\\0")\nreturn ""'],
    [
      'said that it is ready',
      `text = json.dumps({"type": "ready", "protocol": 1, "nonce": "0" * 32}).encode()
os.write(inputs._channel._sink, len(text).to_bytes(4, "big") + bytes(4) + text)
return ""`,
    ],
    ['announced an endless frame', 'os.write(inputs._channel._sink, b"\\xff" * 8)\nreturn ""'],
    ['closed its channel', 'os.closerange(3, 99)\nreturn ""'],
  ])('is in another sandbox where the first %s', async (what, leave) => {
    const look =
      'return [resource.getrlimit(resource.RLIMIT_STACK)[0] == 1 << 20, len(os.sched_getaffinity(0))]';
    const { first, second } = await both(what, leave, look);
    expect([second.code, JSON.parse(second.text)]).toEqual(['done', [false, expect.any(Number)]]);
    expect(second.pid).not.toBe(first.pid);
  });

  it.each([
    ['processor time', { cpuMs: 400 }, 'while True: pass', 'cpu-limit'],
    ['time', { timeMs: 3000 }, 'while True: pass', 'time-limit'],
    [
      'memory',
      { memoryMiB: 30 },
      'held = [bytearray(1 << 20) for _ in range(500)]\nreturn ""',
      'memory-limit',
    ],
    ['log', { logBytes: 100 }, 'print("x" * 200)\nreturn ""', 'log-limit'],
    ['files', { files: 2 }, 'for _ in range(3): inputs.open("i").close()\nreturn ""', 'files-limit'],
  ])('keeps to its own limit of %s', async (what, limits, exceed, code) => {
    const work = `until = time.process_time() + 0.25
while time.process_time() < until: pass
held = bytearray(20 << 20)
print("x" * 60)
inputs.open("i").close()
open("/tmp/file", "wb").write(bytes(1 << 20))
if args.get("exceed"):
${indented(exceed)}
return "kept"`;
    const halves = twoFaced(work, work);
    const more = { domain: what, inputs: { i: 'abc' } };
    const first = await call(halves, { ...more, args: { first: 1 } });
    // Had the first call counted, this would be over it.
    const second = await call(halves, { ...more, limits });
    expect([second.text, second.pid]).toEqual(['kept', first.pid]);
    const third = await call(halves, { ...more, limits, args: { exceed: 1 } });
    expect([third.code, third.pid]).toEqual([code, first.pid]);
    const fourth = await call(halves, more);
    expect(fourth.text).toBe('kept');
    expect(fourth.pid).not.toBe(first.pid);
  });

  it('ends as its own process did, where that was before it was done', async () => {
    const code = twoFaced('os._exit(7)', 'os.kill(os.getpid(), signal.SIGABRT)');
    expect(await call(code, { domain: 'ends', args: { first: 1 } })).toMatchObject({
      code: 'crashed',
      text: expect.stringContaining('exit code 7') as string,
    });
    expect(await call(code, { domain: 'ends' })).toMatchObject({
      code: 'crashed',
      text: expect.stringContaining('exit code 134') as string,
    });
  });

  it('has all of its log, also what it wrote at the very end', async () => {
    const code = twoFaced('return ""', 'for n in range(3000): print(n)\nreturn ""');
    for (let i = 0; i < 3; i++) {
      const { log } = await call(code, { domain: 'log' });
      expect(log).toHaveLength(3000);
    }
  });
});

describe.skipIf(!possible)('a second call where functions may start processes', () => {
  const { call } = reuseBench(async () => ({ ...(await forking()), forks: true }));

  it('finds none of them, however they left their parents: nor do they read, write or count', async () => {
    const code = twoFaced(
      `def stay():
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 32):
            attempt(lambda: signal.signal(number, signal.SIG_IGN))
        got = os.read(inputs._channel._source.fileno(), 9999)
        open("/tmp/got", "wb").write(got)
        while True:
            attempt(lambda: os.write(2, b"left\\n"))
            attempt(lambda: open("/tmp/left", "w"))
    os._exit(0)
for _ in range(8):
    if os.fork() == 0:
        stay()
if os.fork() == 0:
    while True:
        if os.fork() == 0 and os.fork() == 0: pass
return ""`,
      'time.sleep(0.2)\nreturn [found(), [entry for entry in os.listdir("/proc") if entry.isdigit() and int(entry) not in (1, os.getpid())]]',
    );
    const first = await call(code, { args: { first: 1 } });
    const second = await call(code, { args: { secret: 1 } });
    expect(second).toMatchObject({ code: 'done', text: '[[],[]]', log: [] });
    expect(second.pid).toBe(first.pid);
  });
});

describe.skipIf(!possible)('without a layer that keeps server and children apart', () => {
  for (const without of ['namespaces', 'seccomp'] as const) {
    describe(`(${without})`, () => {
      const { call } = reuseBench(forking, { without: [without] });
      it('no two calls of native Python have one sandbox', async () => {
        const code = twoFaced('return ""', 'return os.getpid() > 0');
        const first = await call(code);
        const second = await call(code);
        expect(second.text).toBe('true');
        expect(second.pid).not.toBe(first.pid);
      });
    });
  }
});
