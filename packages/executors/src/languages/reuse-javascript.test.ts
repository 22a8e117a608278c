/** A hostile first call of JavaScript tries to leave something for the second of its trust domain, in the same process. */
import { describe, expect, it } from 'vitest';
import { reuseBench } from '../testing/reuse.ts';
import { javascriptRunner } from './javascript.ts';

/** One function, so one domain: the first call does, the second looks. */
const twoFaced = (leave: string, look: string) =>
  `export function main(inputs, outputs, args) { if (args.first) { ${leave} } else { ${look} } }`;

describe('a second call of JavaScript in a process', () => {
  const { call } = reuseBench(javascriptRunner);

  it.each([
    ['globals', 'globalThis.left = 1; return ""', 'return typeof globalThis.left', 'undefined'],
    [
      'changes of prototypes',
      'Object.prototype.left = 1; Array.prototype.map = () => ["mine"]; return ""',
      'return String({}.left) + [1].map((n) => n + 1)',
      'undefined2',
    ],
    [
      'changes of what the host gives',
      'console.log = 1; TextDecoder.prototype.decode = () => "mine"; inputs.__proto__ = null; return ""',
      'console.log("x"); return new TextDecoder().decode(new Uint8Array([97]))',
      'a',
    ],
    [
      'timers and promises that are never settled',
      'setTimeout(() => { globalThis.left = 1; console.log("left") }, 1); new Promise(() => {}).then(); return ""',
      'return new Promise((done) => setTimeout(() => done(typeof globalThis.left), 50))',
      'undefined',
    ],
    [
      'memory that it took nearly all of',
      'globalThis.held = new Uint8Array(40 << 20).fill(1); return ""',
      'return new ArrayBuffer(32 << 20).byteLength + ""',
      `${32 << 20}`,
    ],
    [
      'an interpreter whose stack overflowed',
      'try { (function f() { f() })() } catch {} return ""',
      'return "fine"',
      'fine',
    ],
    [
      'handles of files that it left open',
      'inputs.i.read(1); outputs.o.write("x"); return ""',
      'return new TextDecoder().decode(inputs.i.read(9))',
      'second',
    ],
  ])('finds nothing of %s', async (what, leave, look, found) => {
    const code = twoFaced(leave, look);
    const more = { domain: what, outputs: ['o'] };
    const first = await call(code, { ...more, args: { first: 1 }, inputs: { i: 'first' } });
    const second = await call(code, { ...more, inputs: { i: 'second' } });
    expect([first.code, second.code, second.text]).toEqual(['done', 'done', found]);
    expect(second.pid).toBe(first.pid);
  });

  it('has the log that it wrote itself', async () => {
    const code = twoFaced('console.log("first"); return ""', 'console.log("second"); return ""');
    const first = await call(code, { domain: 'log', args: { first: 1 } });
    const second = await call(code, { domain: 'log' });
    expect([first.log, second.log]).toEqual([['first'], ['second']]);
    expect(second.pid).toBe(first.pid);
  });

  it.each([
    ['processor time', { cpuMs: 300 }, 'for (;;);', 'cpu-limit'],
    ['time', { timeMs: 3000 }, 'for (;;);', 'time-limit'],
    [
      'memory',
      { memoryMiB: 20 },
      'const held = []; for (;;) held.push(new ArrayBuffer(1 << 20))',
      'memory-limit',
    ],
    [
      'log',
      { logBytes: 100 },
      'for (let i = 0; i < 9; i++) console.log("x".repeat(20)); return ""',
      'log-limit',
    ],
    [
      'files',
      { files: 3 },
      'for (let i = 0; i < 4; i++) { inputs.i.read(1); inputs.i.rewind() } return ""',
      'files-limit',
    ],
  ])('keeps to its own limit of %s, and the process is ended with it', async (what, limits, exceed, code) => {
    const halves = twoFaced(
      'const until = Date.now() + 200; while (Date.now() < until); console.log("x".repeat(60)); inputs.i.read(1); new ArrayBuffer(15 << 20); return ""',
      `if (args.exceed) { ${exceed} } const until = Date.now() + 150; while (Date.now() < until); console.log("x".repeat(60)); inputs.i.read(1); return "kept"`,
    );
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

  it.each([
    ['fails', 'throw new Error("no")'],
    ['is refused a request', 'try { new outputs.o.constructor("p").write("x") } catch {} return ""'],
  ])('has another process where the first %s', async (what, leave) => {
    const code = twoFaced(leave, 'return "fine"');
    const more = { domain: what, inputs: { i: 'x' }, outputs: ['o'] };
    const first = await call(code, { ...more, args: { first: 1 } });
    const second = await call(code, more);
    expect(second.text).toBe('fine');
    expect(second.pid).not.toBe(first.pid);
  });
});

describe('where each call has a new sandbox', () => {
  const { call } = reuseBench(javascriptRunner, { fresh: true });
  it('no two calls have one process', async () => {
    const code = twoFaced('', 'return "fine"');
    const first = await call(code);
    expect((await call(code)).pid).not.toBe(first.pid);
  });
});
