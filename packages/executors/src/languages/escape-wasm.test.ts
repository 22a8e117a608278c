/** Hostile functions in WebAssembly, in real sandboxes. Each case names the layer that stops it; an honest job follows each kind. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Assembly, assemble, op } from '../../../runners/src/testing/assemble.ts';
import { arena } from '../testing/arena.ts';
import { wasmRunner } from './wasm.ts';

const memory = { minimum: 1, export: 'memory' };
const module = (code: readonly (readonly number[])[], more: Partial<Assembly> = {}) =>
  assemble({
    memory,
    functions: [{ export: 'entrypoint', type: ':i', code: code.flat(), locals: 2 }],
    ...more,
  });
const imports = [
  ['env', 'teaclave_open_input', 'i:i'],
  ['env', 'teaclave_create_output', 'i:i'],
  ['env', 'teaclave_read_file', 'iii:i'],
  ['env', 'teaclave_write_file', 'iii:i'],
  ['env', 'teaclave_close_file', 'i:i'],
  ['wasi_snapshot_preview1', 'fd_write', 'iiii:i'],
] as const;
const data = [
  [16, 'i\0'],
  [32, 'o\0'],
  [48, '../../etc/passwd\0'],
  [80, '/proc/self/environ\0'],
] as const;
const [OPEN, CREATE, READ, WRITE, CLOSE, FD_WRITE] = [0, 1, 2, 3, 4, 5];
const call = (index: number, ...args: number[]) => [...args.flatMap(op.i32), ...op.call(index)];
const hosted = (...code: number[][]) => module(code, { imports, data });
/** `local 0` is what the call answered. */
const keep = op.set(0);

describe('hostile WebAssembly', () => {
  const { fight, honest } = arena(wasmRunner, ['wamr', 'wamr'], [module([op.i32(42)]), '42']);
  const files = { inputs: { i: 'secret' }, outputs: ['o'] };
  const oob = 'Exception: out of bounds memory access';

  describe('is stopped by the engine:', () => {
    afterAll(honest);

    it.each([
      ['a read beyond its memory', module([op.i32(-4), op.load]), oob],
      ['a write beyond its memory', module([op.i32(65_533), op.i32(1), op.store, op.i32(1)]), oob],
      ['recursion', module([op.call(0)]), 'Exception: wasm operand stack overflow'],
      ['more memory than allowed', module([op.i32(2000), op.grow]), '-1'],
      ['all the memory that there is', module([op.i32(65_535), op.grow]), '-1'],
      [
        'a call through a table to nowhere',
        module([op.i32(9), op.callIndirect(0)], { table: [0] }),
        'Exception: undefined element',
      ],
    ])('%s', async (_what, code, text) => {
      expect(await fight(code)).toMatchObject({ code: 'done', text });
    });
  });

  describe('is stopped by the checks of host functions:', () => {
    afterAll(honest);

    it.each([
      [
        'a name at the end of memory without an end',
        hosted(op.i32(65_535), op.i32(0x41), [0x3a, 0, 0], call(OPEN, 65_535)),
        oob,
      ],
      ['a name beyond memory', hosted(call(CREATE, -100)), oob],
      ['a buffer that leaves memory', hosted(call(READ, 1, 65_000, 1000)), oob],
      ['a negative size', hosted(call(WRITE, 0x40000002, 0, -1)), oob],
      ['a size of 2 GiB', hosted(call(READ, 1, 0, 0x7fffffff)), oob],
      ['a pointer and a size whose sum wraps', hosted(call(WRITE, 1, -16, 32)), oob],
      ['vectors that leave memory', hosted(call(FD_WRITE, 1, 65_532, 1, 0)), oob],
      ['more vectors than memory has', hosted(call(FD_WRITE, 1, 0, -1, 0)), oob],
      [
        'a function of the host that there is none of',
        module([op.call(0), op.i32(1)], { imports: [['env', 'system', ':']] }),
        'Exception: failed to call unlinked import function (env, system)',
      ],
      [
        'a function of JavaScript',
        module([op.call(0), op.i32(1)], { imports: [['__proto__', 'toString', ':']] }),
        'Exception: failed to call unlinked import function (__proto__, toString)',
      ],
    ])('%s', async (_what, code, text) => {
      expect(await fight(code, files)).toMatchObject({ code: 'done', text });
    });
  });

  describe('is stopped by the protocol’s handles:', () => {
    afterAll(honest);

    it.each([
      ['a file of the host', hosted(call(OPEN, 48)), '-1'],
      ['the environment of the process', hosted(call(OPEN, 80)), '-1'],
      ['an output that is an input', hosted(call(CREATE, 16)), '-1'],
      [
        'a read of an output',
        hosted(call(CREATE, 32), keep, op.get(0), op.i32(100), op.i32(4), op.call(READ)),
        '-1',
      ],
      [
        'a write to an input',
        hosted(call(OPEN, 16), keep, op.get(0), op.i32(100), op.i32(4), op.call(WRITE)),
        '-1',
      ],
      ['a closed handle', hosted(call(OPEN, 16), op.call(CLOSE), op.drop, call(READ, 1, 100, 4)), '-1'],
      ['a second close', hosted(call(CREATE, 32), op.call(CLOSE), op.drop, call(CLOSE, 0x40000001)), '-1'],
      ['handles of the process: standard output', hosted(call(CLOSE, 1)), '-1'],
      ['handles that were never given', hosted(call(READ, 0x7fffffff, 0, 4)), '-1'],
    ])('%s', async (_what, code, text) => {
      expect(await fight(code, files)).toMatchObject({ code: 'done', text });
    });

    it('the 1,024th open', async () => {
      const count = [
        ...op.i32(0),
        ...keep,
        0x02,
        0x40,
        0x03,
        0x40,
        ...call(OPEN, 16),
        ...op.i32(0),
        0x48,
        0x0d,
        1,
        ...op.get(0),
        ...op.i32(1),
        ...op.add,
        ...keep,
        0x0c,
        0,
        0x0b,
        0x0b,
        ...op.get(0),
      ];
      expect(await fight(hosted(count), files)).toMatchObject({
        code: 'files-limit',
        text: 'The function opened files more than the 1023 times that the task allows.',
      });
    });
  });

  describe('is stopped by the worker, which ends its process:', () => {
    afterAll(honest);

    it.each([
      ['an endless loop', module([op.loop([]), op.i32(1)]), { timeMs: 100 }, 'time-limit'],
      ['an endless loop, by processor time', module([op.loop([]), op.i32(1)]), { cpuMs: 100 }, 'cpu-limit'],
      [
        'an endless loop in its start function',
        assemble({
          memory,
          functions: [
            { export: 'entrypoint', type: ':i', code: op.i32(1) },
            { type: ':', code: op.loop([]) },
          ],
          start: 1,
        }),
        { timeMs: 100 },
        'time-limit',
      ],
      [
        'an endless loop in its allocator',
        assemble({
          memory,
          functions: [
            { export: 'entrypoint', type: ':i', code: op.i32(1) },
            { export: 'malloc', type: 'i:i', code: [...op.loop([]), ...op.i32(1)] },
            { export: 'free', type: 'i:', code: [] },
          ],
        }),
        { timeMs: 100 },
        'time-limit',
      ],
      [
        'a flood of output',
        hosted(
          call(CREATE, 32),
          keep,
          op.loop([...op.get(0), ...op.i32(0), ...op.i32(65_536), ...op.call(WRITE), ...op.drop]),
          op.i32(1),
        ),
        {},
        'output-limit',
      ],
      [
        'a flood of log',
        module(
          [
            op.i32(0),
            op.i32(0),
            op.store,
            op.i32(4),
            op.i32(60_000),
            op.store,
            op.loop([...call(FD_WRITE, 2, 0, 1, 8), ...op.drop]),
            op.i32(1),
          ],
          { imports, data },
        ),
        {},
        'log-limit',
      ],
    ] as const)('%s', async (_what, code, limits, end) => {
      const { code: got } = await fight(code, { ...files, limits, args: { a: 'x' } });
      expect(got).toBe(end);
    });

    it('whatever a cancelled task does', async () => {
      // oxlint-disable-next-line tests/no-sleep -- at any moment
      const { code } = await fight(module([op.loop([]), op.i32(1)]), { signal: AbortSignal.timeout(200) });
      expect(code).toBe('canceled');
    });
  });

  it('finds nothing of the job before it in its memory', async () => {
    const write = module([op.i32(4096), op.i32(0x5ec2e7), op.store, op.i32(1)]);
    expect(await fight(write)).toMatchObject({ text: '1' });
    expect(await fight(module([op.i32(4096), op.load]))).toMatchObject({ text: '0' });
  });

  describe('is no module:', () => {
    afterAll(honest);

    it.each([
      ['nothing', new Uint8Array(0)],
      ['another magic', Buffer.from('\0ASM\x01\0\0\0')],
      ['half a module', hosted(op.i32(1)).subarray(0, 60)],
      [
        'a section that is longer than the module',
        new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0x7f]),
      ],
      [
        'a list of four thousand million types',
        new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]),
      ],
      [
        '64 GiB of memory to begin with',
        assemble({
          memory: { minimum: 65_536 },
          functions: [{ export: 'entrypoint', type: ':i', code: op.i32(1) }],
        }),
      ],
    ])('%s', async (_what, code) => {
      expect(['function', 'memory-limit']).toContain((await fight(code)).code);
    });
  });
});
