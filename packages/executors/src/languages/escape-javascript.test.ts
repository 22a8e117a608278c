/** Hostile functions in JavaScript, in real sandboxes. Each case names the layer that stops it; an honest job follows each kind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arena } from '../testing/arena.ts';
import { javascriptRunner } from './javascript.ts';

const main = (code: string) => `export function main(inputs, outputs, args) { ${code} }`;

describe('hostile JavaScript', () => {
  const { fight, honest } = arena(
    javascriptRunner,
    ['javascript', 'javascript'],
    [main('return "honest"'), 'honest'],
  );

  describe('is stopped by the interpreter, which holds no object of the host:', () => {
    afterAll(honest);

    /** They change nothing in the interpreter, so one process tries them all. */
    const harmless: readonly (readonly [what: string, code: string, text: string])[] = [
      [
        'the constructor of a function',
        'return (() => {}).constructor("return typeof process + typeof require")()',
        'undefinedundefined',
      ],
      [
        'the constructor of an input’s method',
        'return inputs.i.read.constructor("return typeof process")()',
        'undefined',
      ],
      [
        'the constructor of an error of the host',
        'try { inputs.i.read(2 ** 40) } catch (e) { return e.constructor.constructor("return typeof process")() }',
        'undefined',
      ],
      [
        'the constructor of a buffer of the host',
        'return inputs.i.read(1).buffer.constructor.constructor("return typeof process")()',
        'undefined',
      ],
      [
        'callers',
        'try { return typeof main.caller } catch (e) { return e.message }',
        'invalid property access',
      ],
      [
        'eval',
        'return (0, eval)("typeof globalThis.process + typeof globalThis.Buffer")',
        'undefinedundefined',
      ],
      [
        'a generator’s constructor',
        'return Object.getPrototypeOf(function* () {}).constructor("yield typeof process")().next().value',
        'undefined',
      ],
      ['timers of shared memory', 'return typeof Atomics + typeof Worker', 'undefinedundefined'],
      [
        'a clock to time caches with',
        'let least = Infinity; for (const clock of [Date, performance]) for (let i = 0, last = clock.now(), now; i < 50000; i++, last = now) { now = clock.now(); if (now !== last) least = Math.min(least, now - last) } return least > 9.99 ? "coarse" : String(least)',
        'coarse',
      ],
      [
        'a clock made of timers',
        'return new Promise((done) => { let steps = 0; const from = performance.now(); const step = () => { steps++; const now = performance.now(); now === from ? setTimeout(step, 1) : done(steps <= 2 && (now - from) % 10 < 0.001 ? "coarse" : steps + " steps in " + (now - from)) }; setTimeout(step, 1) })',
        'coarse',
      ],
      [
        'the constructor of what the host gives of the web',
        'return new URL("a:b").constructor.constructor("return typeof process")() + atob.constructor("return typeof process")()',
        'undefinedundefined',
      ],
    ];
    const modules = [
      'node:fs',
      'node:child_process',
      'fs',
      'file:///etc/passwd',
      './emscripten-module.wasm',
      'data:text/javascript,export default 1',
      'os',
      'std',
    ];
    describe('tried in one process:', () => {
      const attempts = harmless.map(
        ([what, code]) => `[${JSON.stringify(what)}, (inputs, outputs, args) => { ${code} }]`,
      );
      const imports = modules.map(
        (name) =>
          `[${JSON.stringify(name)}, async () => { try { await import(${JSON.stringify(name)}); return "in" } catch (e) { return "out" } }]`,
      );
      const code = `
        export async function main(inputs, outputs, args) {
          const ended = [];
          for (const [what, attempt] of [${[...attempts, ...imports].join()}]) {
            console.log(what);
            ended.push([what, await attempt(inputs, outputs, args)]);
          }
          return ended;
        }`;
      let ended: ReadonlyMap<string, unknown>;
      beforeAll(async () => {
        const outcome = await fight(code, { inputs: { i: 'x' } });
        // The last line of the log is the case that ended it.
        expect([outcome.code, outcome.text, outcome.log]).toEqual([
          'done',
          outcome.text,
          [...harmless.map(([what]) => what), ...modules],
        ]);
        ended = new Map(JSON.parse(outcome.text) as [string, unknown][]);
      });

      it.each(harmless)('%s', (what, _code, text) => {
        expect(ended.get(what)).toBe(text);
      });

      it.each(modules)('import("%s")', (name) => {
        expect(ended.get(name)).toBe('out');
      });
    });

    it.each([
      [
        'a stack trace with objects of the host',
        'Error.prepareStackTrace = (_, frames) => frames; try { inputs.i.read(2 ** 40) } catch (e) { return typeof e.stack?.[0]?.getThis }',
        'undefined',
      ],
      [
        'an async function’s constructor',
        'return Object.getPrototypeOf(async () => {}).constructor("return typeof process")().then((x) => x)',
        'undefined',
      ],
      [
        'a polluted prototype',
        'Object.prototype.handle = 7; Object.prototype.limit = "memory"; Object.prototype.type = "error"; return "polluted"',
        'polluted',
      ],
      [
        'a proxy as result',
        'return new Proxy({}, { get: (_, key) => key === "toJSON" ? undefined : 1, ownKeys: () => [] })',
        '{}',
      ],
      ['a thenable as result', 'return { then(resolve) { resolve("thenable") }, a: 1 }', '{"a":1}'],
    ])('%s', async (_what, code, text) => {
      expect(await fight(main(code), { inputs: { i: 'x' } })).toMatchObject({ code: 'done', text });
    });
  });

  describe('is stopped by the interpreter’s limits:', () => {
    afterAll(honest);

    it.each([
      ['recursion', main('return main() + 1'), 'function', /stack/],
      [
        'recursion through JSON',
        main('let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return a'),
        'function',
        /stack/,
      ],
      [
        'recursion through a regular expression’s parser',
        main('return new RegExp("(?:".repeat(1e6))'),
        'function',
        /./,
      ],
      ['many small objects', main('const a = []; for (;;) a.push({})'), 'memory-limit', /64 MiB/],
      ['one large buffer', main('return new ArrayBuffer(1e9)'), 'memory-limit', /64 MiB/],
      ['a long text', main('return "x".repeat(2 ** 29)'), 'memory-limit', /64 MiB/],
      ['a promise that waits for nothing', main('return new Promise(() => {})'), 'function', /never happens/],
    ] as const)('%s', async (_what, code, end, text) => {
      expect(await fight(code)).toMatchObject({ code: end, text: expect.stringMatching(text) as string });
    });
  });

  describe('is stopped by the worker, which ends its process:', () => {
    afterAll(honest);

    it.each([
      ['an endless loop', main('for (;;);'), { timeMs: 100 }, 'time-limit'],
      ['an endless loop, by processor time', main('for (;;);'), { cpuMs: 100 }, 'cpu-limit'],
      [
        'an endless chain of promises',
        main('const again = () => Promise.resolve().then(again); return again()'),
        { timeMs: 100 },
        'time-limit',
      ],
      [
        'an endless regular expression',
        main('return /(a+)+$/.test("a".repeat(40) + "b") && "x"'),
        { timeMs: 100 },
        'time-limit',
      ],
      [
        'an endless interval',
        main('return new Promise(() => setInterval(() => {}, 0))'),
        { timeMs: 100 },
        'time-limit',
      ],
      [
        'a timer for tomorrow',
        main('return new Promise((done) => setTimeout(done, 86400000))'),
        { timeMs: 100 },
        'time-limit',
      ],
      ['an endless loop while it loads', 'for (;;);', { timeMs: 100 }, 'time-limit'],
      [
        'an endless loop in a getter of an error',
        main('throw { get name() { for (;;); } }'),
        { timeMs: 100 },
        'time-limit',
      ],
      ['a flood of log', main('for (;;) console.log("x".repeat(1000))'), { logBytes: 10_000 }, 'log-limit'],
      [
        'a flood of output',
        main('for (;;) outputs.o.write("x".repeat(1e5))'),
        { outputBytes: 1e6 },
        'output-limit',
      ],
      ['a result that is too large', main('return "x".repeat(2e6)'), { outputBytes: 1e6 }, 'output-limit'],
    ] as const)('%s', async (_what, code, limits, end) => {
      const { code: got } = await fight(code, { limits, outputs: ['o'] });
      expect(got).toBe(end);
    });

    it('more files than allowed', async () => {
      const code = main(
        'let n = 0; try { for (;;) { inputs.i.read(1); inputs.i.rewind(); n++ } } catch (e) { return [n, e.message] }',
      );
      const ended = await fight(code, { inputs: { i: 'x' }, limits: { files: 10 } });
      expect(ended).toMatchObject({
        code: 'files-limit',
        text: expect.stringContaining('10 times') as string,
      });
    });

    it('whatever a cancelled task does', async () => {
      // oxlint-disable-next-line tests/no-sleep -- at any moment
      const { code } = await fight(main('for (;;);'), { signal: AbortSignal.timeout(200) });
      expect(code).toBe('canceled');
    });
  });

  describe('is stopped by there being nothing:', () => {
    afterAll(honest);

    it('files of other tasks and of the host', async () => {
      await fight(main('outputs.o.write("secret of another task"); globalThis.left = 1; return "kept"'), {
        outputs: ['o'],
      });
      const code = main(
        'return [Object.keys(inputs), Object.keys(outputs), inputs["../o"] === undefined, inputs["/etc/passwd"] === undefined, typeof left]',
      );
      expect((await fight(code, { inputs: { i: 'x' } })).text).toBe('[["i"],[],true,true,"undefined"]');
    });

    it('a later job, for the process is gone', async () => {
      const late = main('Promise.resolve().then(() => { for (;;); }); return "done before"');
      expect(await fight(late)).toMatchObject({ code: 'done', text: 'done before' });
    });
  });

  describe('is not code:', () => {
    afterAll(honest);

    it.each([
      ['no UTF-8', new Uint8Array([0xff, 0xfe])],
      ['a NUL', 'export const main = () => "\0"'],
      ['nothing', ''],
      ['half a block', '{'],
      ['a hundred thousand parentheses', new Uint8Array(100_000).fill(0x28)],
    ])('%s', async (_what, code) => {
      expect((await fight(code)).code).toBe('function');
    });
  });
});
