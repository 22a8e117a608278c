/** Untrusted code end to end: through a real platform, in sandboxes, under the limits that its manifest names. */

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Gaiwan, GaiwanError, type NewTask, TaskStatus } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { TestPlatform } from './support/platform.ts';

const example = join(import.meta.dirname, '../examples/custom-executor');
const perl = spawnSync('/usr/bin/perl', ['-MJSON::PP', '-e', '1']).status === 0;
const layers = ['bwrap', 'setpriv', 'prlimit'].every((tool) => spawnSync(tool, ['--version']).status === 0);
if (!perl || !layers)
  console.warn('SKIPPED: functions in sandboxes want bubblewrap, util-linux and perl with JSON::PP.');

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** Registers code of one kind, makes a task of it, invokes it. */
class Party {
  readonly client: Gaiwan;
  constructor(client: Gaiwan) {
    this.client = client;
  }

  async start(
    [executorType, executor]: readonly [string, string],
    code: string | Uint8Array,
    {
      arguments: args = {},
      ...more
    }: Partial<NewTask> & { readonly arguments?: Record<string, unknown> } = {},
  ): Promise<string> {
    const functionId = await this.client.functions.register({
      name: `f-${randomBytes(4).toString('hex')}`,
      executorType,
      public: true,
      payload: Buffer.from(code),
      arguments: Object.keys(args).map((key) => ({ key, allowOverwrite: true })),
    });
    const taskId = await this.client.tasks.create({ functionId, executor, arguments: args, ...more });
    await this.client.tasks.invoke(taskId);
    return taskId;
  }

  async run(...args: Parameters<Party['start']>): Promise<string> {
    const taskId = await this.start(...args);
    return text((await this.client.tasks.result(taskId)).returnValue);
  }

  /** Why it failed. */
  async failure(...args: Parameters<Party['start']>): Promise<string> {
    const error: unknown = await this.run(...args).catch((failed: unknown) => failed);
    expect(error).toBeInstanceOf(GaiwanError);
    return (error as GaiwanError).message;
  }
}

/** `entrypoint(argc, argv)` adds two digits: argv is ["a", digit, "b", digit]. */
const addition = Buffer.from(
  '0061736d01000000' + // magic, version
    '01070160027f7f017f' + // type: (i32, i32) -> i32
    '03020100' + // a function of that type
    '0503010001' + // a memory of one page
    '071702066d656d6f72790200' + // exports: memory
    '0a656e747279706f696e740000' + // entrypoint
    '0a19011700' + // code, without locals
    '20012802042d0000' + // load8_u(load(argv + 4))
    '200128020c2d0000' + // load8_u(load(argv + 12))
    '6a41e0006b0b', // add, less 2 * '0'
  'hex',
);

const PERL = ['custom:perl', 'perl'] as const;

describe.skipIf(!perl || !layers)('on a platform with an executor of its own', () => {
  let platform: TestPlatform;
  let ann: Party;
  let admin: Party;
  beforeAll(async () => {
    platform = await TestPlatform.start([
      '--workers',
      '2',
      '--executors',
      'builtin',
      '--custom-executor',
      join(example, 'executor.json'),
      '--max-limit',
      'time=3600',
      '--limit',
      'memory=512',
    ]);
    admin = new Party(await platform.admin());
    ann = new Party(await platform.user('ann'));
  });
  afterAll(() => platform.stop());

  it('code runs, and the report says where and within what', async () => {
    const taskId = await admin.start(PERL, `sub main { return "hello " . $_[0]{who} }`, {
      arguments: { who: 'ann' },
    });
    expect(text((await admin.client.tasks.result(taskId)).returnValue)).toBe('hello ann');
    const report = await admin.client.tasks.report(taskId);
    expect(report).toMatchObject({
      executorType: 'custom:perl',
      executor: 'perl',
      runs: [{ runner: 'perl', worker: expect.stringMatching(/^worker-[01]$/) as string }],
      repeat: undefined,
      log: [],
    });
    expect(report.runs[0]?.layers).toEqual(
      expect.arrayContaining(['process', 'namespaces', 'seccomp', 'rlimits']),
    );
  });

  it('a kind that no worker has is said to be so, and a name that is none is refused', async () => {
    expect(await admin.failure(['custom:cobol', 'cobol'], '')).toContain(
      'function not available: (custom:cobol, cobol)',
    );
    await expect(admin.start(['cobol', 'cobol'], '')).rejects.toMatchObject({ code: 'bad-executor-type' });
    await expect(admin.start(['custom:perl', 'cobol'], '')).rejects.toMatchObject({ code: 'bad-executor' });
  });

  it('an endless one is seen running, is cancelled at once, and its worker serves on', async () => {
    const taskId = await admin.start(PERL, 'sub main { 1 while 1 }');
    const { tasks } = admin.client;
    await expect.poll(async () => (await tasks.get(taskId)).status).toBe(TaskStatus.Running);
    const workers = platform.workers();
    await tasks.cancel(taskId);
    expect(await tasks.get(taskId)).toMatchObject({
      status: TaskStatus.Canceled,
      outcome: { ok: false, reason: 'Task Canceled by the user' },
    });
    await expect(tasks.result(taskId)).rejects.toMatchObject({ code: 'task-canceled' });
    expect(await admin.run(PERL, 'sub main { return "still here" }')).toBe('still here');
    expect(platform.workers()).toEqual(workers);
  });

  it.each([
    ['wall time', 'sleep 60', { timeMs: 300 }, 'longer than the 300 ms'],
    ['processor time', '1 while 1', { cpuMs: 300 }, 'more than the 300 ms of processor time'],
    ['memory', 'my $x = ""; while (1) { $x .= "x" x 1048576 }', { memoryMiB: 64 }, 'the 64 MiB of memory'],
    ['the result', 'return "x" x 1000', { outputBytes: 999 }, 'the 999 bytes'],
    ['log', 'print STDERR "x" x 1000', { logBytes: 999 }, 'the 999 bytes'],
  ] as const)('beyond its limit of %s it ends, and says which', async (_what, body, limits, message) => {
    expect(await admin.failure(PERL, `sub main { ${body} }`, { limits })).toContain(message);
  });

  it('limits are the manifest’s: the operator’s defaults, or what was asked for up to the maximum', async () => {
    const functionId = await admin.client.functions.register({
      name: 'f',
      executorType: 'custom:perl',
      public: true,
      payload: Buffer.from('sub main { 1 }'),
    });
    const { tasks } = ann.client;
    const create = (limits: NewTask['limits']) =>
      tasks.create({ functionId, executor: 'perl', ...(limits && { limits }) });
    const limitsOf = async (id: string) => (await tasks.manifest(id)).manifest.limits;
    expect(await limitsOf(await create(undefined))).toMatchObject({ timeMs: 600_000, memoryMiB: 512 });
    expect(await limitsOf(await create({ timeMs: 3_600_000 }))).toMatchObject({ timeMs: 3_600_000 });
    await expect(create({ timeMs: 3_600_001 })).rejects.toMatchObject({
      code: 'limit-out-of-range',
      subjects: ['timeMs'],
    });
    // What was refused is not left lying about.
    const statuses = (await tasks.list()).items.map(({ status }) => status);
    expect(statuses.filter((status) => status === TaskStatus.Canceled)).toHaveLength(1);
  });

  it('its log is for those whom the manifest names', async () => {
    const code = 'sub main { print STDERR "row 17 looks odd\\n"; return "ok" }';
    const log = async (logs: NewTask['logs']) => {
      const taskId = await admin.start(PERL, code, logs ? { logs } : {});
      return (await admin.client.tasks.result(taskId)).log;
    };
    expect(await log(undefined)).toEqual([]);
    expect(await log(['creator'])).toEqual(['row 17 looks odd']);
    const failed = await admin.start(PERL, 'sub main { print STDERR "why\\n"; die "no\\n" }', {
      logs: ['creator'],
    });
    await expect(admin.client.tasks.result(failed)).rejects.toMatchObject({ code: 'task-failed' });
    expect((await admin.client.tasks.report(failed)).log).toEqual(['why']);
  });

  it('Teaclave’s save_log still gives its user a log', async () => {
    const functionId = await admin.client.functions.register({
      name: 'builtin-echo',
      executorType: 'builtin',
      public: true,
      arguments: ['message', 'save_log'].map((key) => ({ key, allowOverwrite: true })),
    });
    const taskId = await ann.client.tasks.create({
      functionId,
      executor: 'builtin',
      arguments: { message: 'hi', save_log: 'true' },
    });
    expect((await ann.client.tasks.manifest(taskId)).manifest.logs).toEqual(['creator']);
    await ann.client.tasks.invoke(taskId);
    expect((await ann.client.tasks.result(taskId)).log).toEqual(['[INFO gaiwan::builtin-echo] hi']);
  });

  it('twice on two workers it makes the same, or fails', async () => {
    const { tasks } = admin.client;
    const same = await admin.start(PERL, 'sub main { return "same" }', { repeat: true });
    expect(text((await tasks.result(same)).returnValue)).toBe('same');
    const report = await tasks.report(same);
    expect(report.repeat).toBe('same');
    expect(report.runs.map(({ worker }) => worker).sort()).toEqual(['worker-0', 'worker-1']);
    const other = await admin.start(PERL, 'sub main { return "$$ " . rand }', { repeat: true });
    await expect(tasks.result(other)).rejects.toThrow(/The two runs of the function differ in: return value/);
    expect(await tasks.report(other)).toMatchObject({ repeat: 'different', different: ['return value'] });
  });

  it('all of this is there on the command line', async () => {
    const env = { GAIWAN_HOME: join(platform.folder, 'home'), GAIWAN_PASSWORD: 'a test password' };
    const run = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await gaiwanHere(args, { env });
      return { code, out: stdout.toString() + stderr };
    };
    const ports = ['--authentication', platform.authentication, '--frontend', platform.frontend];
    const trust = ['--simulation', platform.machine, '--policy', platform.policy];
    const functionId = await admin.client.functions.register({
      name: 'greet',
      executorType: 'custom:perl',
      public: true,
      payload: Buffer.from('sub main { print STDERR "greeting\\n"; return "hello" }'),
    });
    // An account of its own: from the login on it acts with the key that the command line has made.
    (await platform.user('terminal')).close();
    expect((await run('login', '--user', 'terminal', ...ports, ...trust)).code).toBe(0);
    const made = ['tasks', 'create', '--function', functionId, '--executor', 'perl'];
    const { out } = await run(
      ...made,
      '--time-limit',
      '7',
      '--memory-limit',
      '99',
      '--logs',
      'creator',
      '--repeat',
    );
    const taskId = out.trim();
    const manifest = (await run('tasks', 'manifest', taskId)).out;
    expect(manifest).toMatch(/^limits +7 s, 600 s of processor time, 99 MiB of memory,$/m);
    expect(manifest).toMatch(/^log +for creator$/m);
    expect(manifest).toMatch(/^repeat +run twice, on different workers, and compared$/m);
    await run('tasks', 'invoke', taskId);
    expect((await run('tasks', 'result', taskId)).out).toBe('hello\ngreeting\nboth runs made the same\n');
    const report = (await run('tasks', 'report', taskId)).out;
    expect(report).toMatch(/^ {2}run +perl on worker-[01]; layers: process, namespaces, seccomp, rlimits/m);
    expect(report).toMatch(/^repeat +both runs made the same$/m);
    expect(report).toMatch(/^log\n {2}greeting$/m);
    const other = (await run(...made)).out.trim();
    expect(
      (await run('tasks', 'options', other, '--no-repeat', '--logs', 'none', '--log-limit', '5')).code,
    ).toBe(0);
    expect((await run('tasks', 'options', other)).out).toContain('Say what to change');
    expect((await run('tasks', 'options', other, '--logs', 'eve')).out).toContain('not "eve"');
    expect((await run('tasks', 'options', other, '--time-limit', '3601')).out).toContain('3600000');
  });

  it('twice it runs also when workers die in between', async () => {
    const { tasks } = admin.client;
    for (let round = 0; round < 2; round++) {
      const ids: string[] = [];
      for (let count = 0; count < 3; count++)
        ids.push(
          await admin.start(PERL, 'sub main { select undef, undef, undef, 0.2; return "x" }', {
            repeat: true,
          }),
        );
      // A task that was there at three deaths of workers has failed.
      for (let death = 0; death < 2; death++) {
        // oxlint-disable-next-line tests/no-sleep -- a worker may die at any moment
        await new Promise((resolve) => setTimeout(resolve, 150));
        const [victim] = platform.workers();
        if (victim !== undefined) process.kill(victim, 'SIGKILL');
      }
      for (const id of ids) {
        expect(text((await tasks.result(id)).returnValue)).toBe('x');
        const { runs, repeat } = await tasks.report(id);
        expect(repeat).toBe('same');
        expect(new Set(runs.map(({ worker }) => worker)).size).toBe(2);
      }
    }
  });
});

describe.skipIf(!layers)('on a platform as it comes', () => {
  let platform: TestPlatform;
  let admin: Party;
  beforeAll(async () => {
    platform = await TestPlatform.start();
    admin = new Party(await platform.admin());
  });
  afterAll(() => platform.stop());

  it.each([
    ['wasm', 'wasm', 'WebAssembly'],
    ['wamr', 'wamr', 'WebAssembly'],
  ])('WebAssembly adds, as %s/%s', async (type, executor, runner) => {
    const taskId = await admin.start([type, executor], addition, { arguments: { a: '3', b: '4' } });
    expect(text((await admin.client.tasks.result(taskId)).returnValue)).toBe('7');
    expect((await admin.client.tasks.report(taskId)).runs).toMatchObject([{ runner }]);
  });

  it('what a trap says is a result, as in Teaclave', async () => {
    const trap = Buffer.from(addition);
    // The body of `entrypoint` begins with `unreachable`.
    trap[trap.length - 22] = 0;
    expect(await admin.run(['wamr', 'wamr'], trap, {})).toBe('Exception: unreachable');
  });

  it('JavaScript gets its arguments and sees nothing of the host', async () => {
    const code = `export function main(inputs, outputs, args) {
      return { sum: args.a + args.b, host: typeof process + typeof require + typeof fetch };
    }`;
    const result = await admin.run(['javascript', 'javascript'], code, { arguments: { a: 3, b: 4 } });
    expect(JSON.parse(result)).toEqual({ sum: 7, host: 'undefinedundefinedundefined' });
  });

  it.each([
    ['mesapy', 'def entrypoint(argv):\n    return ",".join(argv)\n', 'a,3,b,4'],
    ['python', 'def main(inputs, outputs, args):\n    return {"sum": args["a"] + args["b"]}\n', '{"sum": 7}'],
  ])('Python echoes, as python/%s', async (executor, code, result) => {
    const args = executor === 'mesapy' ? { a: '3', b: '4' } : { a: 3, b: 4 };
    const taskId = await admin.start(['python', executor], code, { arguments: args });
    const { returnValue } = await admin.client.tasks.result(taskId);
    expect(text(returnValue).replaceAll(/\s/g, '')).toBe(result.replaceAll(/\s/g, ''));
    expect((await admin.client.tasks.report(taskId)).runs).toMatchObject([
      { runner: expect.stringMatching(/^Python \(Pyodide/) as string },
    ]);
  });

  it('what Teaclave’s clients know as failures of Python are results', async () => {
    expect(await admin.run(['python', 'mesapy'], 'def entrypoint(argv):\n    raise ValueError("no")\n')).toBe(
      'MESAPY_EXEC_ERROR',
    );
  });

  it('an endless loop in Python is cancelled like any other', async () => {
    const taskId = await admin.start(
      ['python', 'mesapy'],
      'def entrypoint(argv):\n    while True:\n        pass\n',
    );
    const { tasks } = admin.client;
    await expect.poll(async () => (await tasks.get(taskId)).status).toBe(TaskStatus.Running);
    await tasks.cancel(taskId);
    await expect(tasks.result(taskId)).rejects.toThrow(/Task Canceled by the user/);
    expect(await admin.run(['python', 'mesapy'], 'def entrypoint(argv):\n    return "on"\n')).toBe('on');
  });

  it('a function that throws failed, and one that loops ends at its limit', async () => {
    const js = ['javascript', 'javascript'] as const;
    expect(await admin.failure(js, `export function main() { throw new Error('row 3 is odd') }`)).toContain(
      'row 3 is odd',
    );
    const loop = 'export function main() { for (;;); }';
    expect(await admin.failure(js, loop, { limits: { cpuMs: 300 } })).toContain('300 ms of processor time');
  });
});

const python = '/usr/bin/python3';
const cpython = spawnSync(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
if (!cpython) console.warn(`SKIPPED: the executor cpython wants ${python} 3.9 or later.`);

describe.skipIf(!layers || !cpython)('on a platform whose operator offers a Python of its own', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.start([
      '--executors',
      'cpython',
      '--cpython',
      python,
      '--python-module',
      'json',
      '--python-module',
      'decimal',
    ]);
  });
  afterAll(() => platform.stop());

  it('functions run in it, and the report says so; Pyodide, which was not named, is not there', async () => {
    const admin = new Party(await platform.admin());
    const code =
      'import decimal\ndef main(inputs, outputs, args):\n    return str(decimal.Decimal(args["x"]) + 1)\n';
    const taskId = await admin.start(['python', 'cpython'], code, { arguments: { x: '0.1' } });
    const { returnValue } = await admin.client.tasks.result(taskId);
    expect(text(returnValue)).toContain('1.1');
    expect((await admin.client.tasks.report(taskId)).runs).toMatchObject([
      { runner: expect.stringMatching(/^Python \(3\.\d+\.\d+ with decimal, json\)$/) as string },
    ]);
    expect(await admin.failure(['python', 'python'], code, { arguments: { x: '1' } })).toContain(
      'function not available: (python, python)',
    );
  });
});

describe('on a platform with one worker', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.start(['--executors', 'builtin']);
  });
  afterAll(() => platform.stop());

  it('a second run is refused before anything runs, and other kinds are not available', async () => {
    const admin = new Party(await platform.admin());
    // Known once the worker has come.
    const echo = { arguments: { message: 'x' } };
    const functionId = await admin.client.functions.register({
      name: 'builtin-echo',
      executorType: 'builtin',
      public: true,
      arguments: [{ key: 'message', allowOverwrite: true }],
    });
    const { tasks } = admin.client;
    const once = await tasks.create({ functionId, executor: 'builtin', ...echo });
    await tasks.invoke(once);
    await tasks.result(once);
    const twice = await tasks.create({ functionId, executor: 'builtin', ...echo, repeat: true });
    await expect(tasks.invoke(twice)).rejects.toMatchObject({ code: 'repeat-needs-two-workers' });
    await tasks.setOptions(twice, { repeat: false });
    await tasks.invoke(twice);
    expect(text((await tasks.result(twice)).returnValue)).toBe('x');
    expect(await admin.failure(['python', 'python'], '')).toContain(
      'function not available: (python, python)',
    );
  });
});
