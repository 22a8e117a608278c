import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStaged, removeStaged, SandboxExecutor, type Staged, Stager, StagingMemory } from '../index.ts';
import { nativeJob, nativeRunner, roomy } from '../testing/native.ts';

let folder: string;
let executor: SandboxExecutor;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-sandbox-'));
  executor = await SandboxExecutor.open({
    runner: nativeRunner(),
    slots: 1,
    // Nearly every code comes once: a process that was given it again would wait in vain.
    warm: { generic: 1, prepared: 0 },
    sandbox: { folder, require: ['process'] },
  });
});
afterAll(async () => {
  await executor.close();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

const stage = (bytes: Uint8Array, memoryLimit?: number): Staged => {
  const stager = new Stager(folder, memoryLimit);
  stager.write(bytes);
  return stager.finish();
};
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const whole = (staged: Staged | undefined) => Buffer.concat([...readStaged(staged as Staged)]);
const job = (code: string, more = {}) => executor.run(nativeJob(code, folder, more));
const outcome = async (code: string, more = {}) => {
  const { returnValue, log } = await job(code, more);
  return { text: Buffer.from(returnValue).toString(), log };
};

describe('a job', () => {
  it('gets what the request says, and no environment but PWD=/tmp, which bubblewrap sets', async () => {
    const { text } = await outcome('return { job: host.job, env: process.env }', {
      arguments: '{"a":"b"}',
      inputs: { i: stage(Buffer.from('abc')) },
      outputs: ['o', 'p'],
    });
    const { job, env } = JSON.parse(text) as { job: object; env: object };
    expect(job).toEqual({
      type: 'job',
      function: 'f',
      arguments: '{"a":"b"}',
      inputs: [{ name: 'i', size: 3 }],
      outputs: ['o', 'p'],
      limits: roomy,
    });
    expect(env).toEqual(executor.layers.includes('namespaces') ? { PWD: '/tmp' } : {});
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/sandbox.md'), 'utf8');
    expect(page).toContain('`PWD=/tmp`');
    expect(page).not.toContain('empty environment');
  });

  it('copies inputs to outputs, in memory and on disk', async () => {
    const bytes = randomBytes((3 << 20) + 77);
    for (const limit of [undefined, 0]) {
      const input = stage(bytes, limit);
      const { outputs } = await job(
        `const from = host.open('i'), to = host.create('o');
         for (let part; (part = host.read(from, 700001)).length > 0; ) host.write(to, part);`,
        { inputs: { i: input } },
      );
      expect(sha256(whole(outputs['o']))).toBe(sha256(bytes));
      for (const staged of [input, outputs['o'] as Staged]) removeStaged(staged);
    }
  });

  it('A7: all outputs together keep to the memory of the task, written anew or not at all', async () => {
    const memory = new StagingMemory(4 << 20);
    const task = memory.share();
    const writing = (then: string) =>
      `for (const name of ['o', 'p', 'o']) {
         const to = host.create(name);
         for (let i = 0; i < 3; i++) host.write(to, Buffer.alloc(1 << 20));
       } ${then}`;
    const { outputs } = await job(writing(''), { outputs: ['o', 'p'], memory: task });
    const kinds = ['o', 'p'].map((name) => outputs[name]?.kind);
    expect(kinds.sort()).toEqual(['memory', 'spool']);
    expect(memory.used).toBeLessThanOrEqual(4 << 20);
    const before = memory.used;
    await expect(
      job(writing('throw new Error("no")'), { outputs: ['o', 'p'], memory: task }),
    ).rejects.toThrow();
    expect(memory.used).toBe(before);
    for (const staged of Object.values(outputs)) removeStaged(staged);
    task.close();
    expect(memory.used).toBe(0);
  });

  it('reads are filled, each cursor for itself; handles count on', async () => {
    const { text } = await outcome(
      `const a = host.open('i'), b = host.create('o'), c = host.open('i');
       const lengths = [a, a, c, a].map((handle) => host.read(handle, 100000).length);
       host.close(a);
       return { handles: [a, b, c, host.open('i')], lengths };`,
      { inputs: { i: stage(Buffer.alloc(150_000)) } },
    );
    expect(JSON.parse(text)).toEqual({
      handles: [1, 0x40000002, 3, 4],
      lengths: [100_000, 50_000, 100_000, 0],
    });
  });

  it('many cursors at once, over more chunks than are kept', async () => {
    const bytes = randomBytes(12 << 20);
    const input = stage(bytes, 0);
    const { text } = await outcome(
      `const at = []; for (let i = 0; i < 12; i++) at.push(host.open('i'));
       at.forEach((handle, i) => { for (let n = 0; n < i; n++) host.read(handle, 1 << 20); });
       const hash = host.require('crypto').createHash('sha256');
       for (let turn = 0; turn < 4; turn++) for (const handle of at) hash.update(host.read(handle, 300000));
       return hash.digest('hex')`,
      { inputs: { i: input } },
    );
    const expected = createHash('sha256');
    for (let turn = 0; turn < 4; turn++) {
      for (let i = 0; i < 12; i++) {
        const start = (i << 20) + turn * 300_000;
        expected.update(bytes.subarray(start, start + 300_000));
      }
    }
    expect(text).toBe(expected.digest('hex'));
    removeStaged(input);
  });

  it('a spool that is changed meanwhile ends it', async () => {
    const input = stage(randomBytes(2 << 20), 0) as Extract<Staged, { kind: 'spool' }>;
    const broken = readFileSync(input.path);
    broken[(1 << 20) + 100] = (broken[(1 << 20) + 100] as number) ^ 1;
    writeFileSync(input.path, broken);
    const reading = job(`const i = host.open('i'); host.read(i, 1 << 20); host.read(i, 10); return 'x'`, {
      inputs: { i: input },
    });
    await expect(reading).rejects.toMatchObject({ name: 'HostFault', code: 'disk' });
    removeStaged(input);
  });

  it('arguments that no frame takes are refused', async () => {
    const long = job('return 1', { arguments: JSON.stringify({ a: 'x'.repeat(9 << 20) }) });
    await expect(long).rejects.toMatchObject({ code: 'function' });
  });

  it('an output that is created again is empty again', async () => {
    const { outputs } = await job(
      `const first = host.create('o');
       for (let i = 0; i < 6; i++) host.write(first, Buffer.alloc(1 << 20));
       host.close(host.create('o'));
       host.write(host.create('o'), Buffer.from('second'));`,
    );
    expect(whole(outputs['o']).toString()).toBe('second');
  });

  it('refuses wrong names and handles, and continues', async () => {
    const { text } = await outcome(
      `const i = host.open('i'), o = host.create('o'), said = [];
       const attempts = [
         () => host.open('o'), () => host.open('__proto__'), () => host.create('i'), () => host.read(o, 1),
         () => host.write(i, Buffer.from('x')), () => host.close(7),
         () => { host.close(i); host.close(i); }, () => host.read(i, 1),
       ];
       for (const attempt of attempts) { try { attempt(); said.push('?'); } catch (e) { said.push(e.message); } }
       return said;`,
      { inputs: { i: stage(Buffer.from('abc')) } },
    );
    expect(JSON.parse(text)).toEqual([
      'Invalid input file identifier.',
      'Invalid input file identifier.',
      'Invalid output file identifier',
      `Handle ${0x40000002} is not that of an open input.`,
      'Handle 1 is not that of an open output.',
      'Handle 7 is not open.',
      'Handle 1 is not open.',
      'Handle 1 is not that of an open input.',
    ]);
  });

  it.each([
    [`host.open('o')`, 'unknown-input', 'Invalid input file identifier.'],
    [`host.create('i')`, 'function', 'Invalid output file identifier'],
    [`host.close(7)`, 'function', 'Handle 7 is not open.'],
    // Whoever says nothing of it, or something else, failed like anybody else.
    [
      `try { host.open('o') } catch (e) { throw new Error(e.message) }`,
      'function',
      'Invalid input file identifier.',
    ],
    [`throw Object.assign(new Error('mine'), { code: 'memory-limit' })`, 'function', 'mine'],
    [`throw Object.assign(new Error('mine'), { code: { toString: 'unknown-input' } })`, 'function', 'mine'],
  ])('%s that is not caught fails with the code %s', async (code, expected, message) => {
    await expect(job(code)).rejects.toMatchObject({ name: 'ExecutorError', code: expected, message });
  });

  it.each([
    [5, 5],
    [100_000, 1023],
  ])('with the limit of %i opened files opens %i, and ends with one more', async (files, most) => {
    const more = { inputs: { i: stage(Buffer.from('abc')) }, limits: { ...roomy, files } };
    const open = (count: number) =>
      `for (let n = 0; n < ${count}; n++) { try { host.close(host.open('i')); } catch {} } return 'opened'`;
    expect((await outcome(open(most), more)).text).toBe('opened');
    await expect(job(open(most + 1), more)).rejects.toMatchObject({
      code: 'files-limit',
      message: `The function opened files more than the ${most} times that the task allows.`,
    });
  });

  it('has a result of 8 MiB at most, whatever the task allows', async () => {
    const result = (bytes: number) =>
      job(`return 'x'.repeat(${bytes})`, { limits: { ...roomy, outputBytes: 2 ** 40 } });
    expect((await result(8 << 20)).returnValue.length).toBe(8 << 20);
    for (const bytes of [(8 << 20) + 1, (32 << 20) - 20]) {
      await expect(result(bytes)).rejects.toMatchObject({
        code: 'output-limit',
        message: expect.stringContaining('write it to an output') as string,
      });
    }
  });

  it('has 100,000 lines of log at most, whatever the task allows', async () => {
    const lines = (count: number) =>
      job(`process.stderr.write('\\n'.repeat(${count})); return ''`, {
        limits: { ...roomy, logBytes: 8 << 20 },
      });
    expect((await lines(100_000)).log).toHaveLength(100_000);
    await expect(lines(100_001)).rejects.toMatchObject({ code: 'log-limit', message: /100000 lines/ });
  });

  it('what it writes to standard error is its log', async () => {
    const { log } = await outcome(`process.stderr.write('one\\ntwo'); return '';`);
    expect(log).toEqual(['one', 'two']);
  });

  it('a failure is the function’s own', async () => {
    await expect(job(`throw new Error('no good')`)).rejects.toMatchObject({
      code: 'function',
      message: 'no good',
    });
  });

  it('knows nothing of the job before it', async () => {
    await outcome('globalThis.leftover = 1; return ""');
    expect((await outcome('return String(globalThis.leftover)')).text).toBe('undefined');
  });
});

describe('a process that was given code which ran before', () => {
  it('knows nothing of the jobs before it, and fails like any other', async () => {
    const again = await SandboxExecutor.open({
      runner: nativeRunner(),
      slots: 1,
      sandbox: { folder, require: ['process'] },
    });
    const code = `globalThis.runs = (globalThis.runs ?? 0) + 1;
      if (host.job.arguments === '"spin"') for (;;);
      return host.job.arguments + globalThis.runs`;
    const run = (args: string, limits = {}) =>
      again.run(nativeJob(code, folder, { arguments: args, limits: { ...roomy, ...limits } }));
    try {
      for (const args of ['"a"', '"b"', '"c"']) {
        expect(Buffer.from((await run(args)).returnValue).toString()).toBe(`${args}1`);
      }
      await expect(run('"spin"', { timeMs: 150 })).rejects.toMatchObject({ code: 'time-limit' });
      expect(Buffer.from((await run('"d"')).returnValue).toString()).toBe('"d"1');
    } finally {
      await again.close();
    }
  });
});

/** Each process of these tests ends badly, and the job after it is the next test's. */
const stillServes = async () => {
  expect((await outcome('return "still here"')).text).toBe('still here');
};

describe('limits end the sandbox, and it alone', () => {
  afterAll(stillServes);
  const spin = 'for (;;);';
  it.each([
    ['time', 'await new Promise((r) => setTimeout(r, 60000))', { timeMs: 150 }, 'time-limit', '150 ms'],
    ['time, spinning', spin, { timeMs: 150 }, 'time-limit', '150 ms'],
    ['processor time', spin, { cpuMs: 150 }, 'cpu-limit', '150 ms'],
    [
      'memory',
      'const held = []; for (;;) held.push(Buffer.alloc(1 << 20, 1));',
      { memoryMiB: 100 },
      'memory-limit',
      '100 MiB',
    ],
    [
      'outputs',
      `const o = host.create('o'); for (;;) host.write(o, Buffer.alloc(1 << 20));`,
      { outputBytes: 5 << 20 },
      'output-limit',
      '5242880 bytes',
    ],
    ['a result', `return 'x'.repeat(1001)`, { outputBytes: 1000 }, 'output-limit', '1000 bytes'],
    [
      'a log',
      `for (;;) require('fs').writeSync(2, 'x'.repeat(100))`.replace('require', 'host.require'),
      { logBytes: 500 },
      'log-limit',
      '500 bytes',
    ],
  ])('%s', async (_what, code, limits, error, message) => {
    const ended = await job(code, { limits: { ...roomy, ...limits } }).catch((caught: unknown) => caught);
    expect(ended).toMatchObject({ code: error, message: expect.stringContaining(message) as string });
  });

  it('a cancel ends it at once, waiting or running', async () => {
    const abort = new AbortController();
    const running = job(spin, { signal: abort.signal });
    const waiting = job(spin, { signal: abort.signal });
    // oxlint-disable-next-line tests/no-sleep -- at any moment
    setTimeout(() => abort.abort(), 100);
    for (const ended of await Promise.allSettled([running, waiting])) {
      expect(ended).toMatchObject({ reason: { code: 'canceled' } });
    }
  });
});

describe('a process that does not keep to the protocol', () => {
  afterAll(stillServes);

  it.each([
    ['garbage', `host.raw(require('crypto').randomBytes(1000)); for(;;);`, /protocol/],
    ['a huge head', 'host.raw(Buffer.alloc(64, 255)); for(;;);', /announced/],
    ['a huge body', `host.raw(Buffer.from('0000000fffffffff', 'hex')); for(;;);`, /announced/],
    ['half a frame', `host.raw(Buffer.from('0000000f00', 'hex')); process.exit(0);`, /middle of a frame/],
    ['an unknown type', `host.send({ type: 'shutdown' }); for(;;);`, /nothing that a process says/],
    ['ready again', `host.send({ type: 'ready', protocol: 1 }); for(;;);`, /second time/],
    ['an end without a word', 'process.exit(3)', /exit code 3/],
  ])('%s', async (_what, code, message) => {
    const failed = job(code.replace('require(', 'host.require('));
    await expect(failed).rejects.toMatchObject({
      code: 'crashed',
      message: expect.stringMatching(message) as string,
    });
  });

  it('one that stays after its last word, as an engine whose threads do not end: it is killed, and holds nothing', async () => {
    const stays = (word: string) => `${word}; for (;;) {}`;
    await expect(job(stays(`host.send({ type: 'failed', message: 'why' })`))).rejects.toMatchObject({
      code: 'function',
      message: 'why',
    });
    const { returnValue } = await job(stays(`host.send({ type: 'done' }, Buffer.from('text'))`));
    expect(Buffer.from(returnValue).toString()).toBe('text');
  });

  it('its death by SIGKILL, which the kernel sends where memory is short: it may run elsewhere', async () => {
    const failed = job('host.require("process").kill(host.require("process").pid, "SIGKILL")');
    await expect(failed).rejects.toMatchObject({
      name: 'HostFault',
      code: 'killed',
      forParticipants: expect.stringContaining('memory') as string,
    });
  });

  it('requests without waiting for answers, answers never read: only its own time runs out', async () => {
    const code = `for (;;) host.send({ type: 'read', handle: host.i ??= host.open('i'), length: 1 << 20 });`;
    const inputs = { i: stage(Buffer.alloc(8 << 20)) };
    const ended = job(code, { inputs, limits: { ...roomy, timeMs: 400 } });
    await expect(ended).rejects.toMatchObject({ code: 'time-limit' });
  });
});
