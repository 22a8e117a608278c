import { describe, expect, it } from 'vitest';
import { run } from '../testing/run-javascript.ts';

const result = (...args: Parameters<typeof run>) => run(...args).text;
const body = (code: string) => `export function main(inputs, outputs, args) { ${code} }`;

describe('a function', () => {
  it.each([
    ['text', body('return "é\\u0000x"'), 'é\u0000x'],
    ['JSON', body('return { sum: args.a + args.b, list: [1, null] }'), '{"sum":3,"list":[1,null]}'],
    ['nothing', body(''), ''],
    ['bytes', body('return new Uint8Array([0, 104, 105]).subarray(1)'), 'hi'],
    ['a promise', 'export async function main() { await null; return "later" }', 'later'],
    ['as a script', 'function main(inputs, outputs, args) { return args.a }', '1'],
    ['as the default of a list of exports', 'const main = () => 5; export { main };', '5'],
    ['after top-level await', 'const x = await Promise.resolve(6); export const main = () => x;', '6'],
  ])('returns %s', (_what, code, text) => expect(result(code, { a: 1, b: 2 })).toBe(text));

  it('reads inputs in every way, and many times', () => {
    const text = 'first\r\nsecond é\n\nlast';
    const code = body(`
      const input = inputs.data;
      const lines = [...input.lines()];
      input.rewind();
      const all = input.text();
      input.rewind();
      const five = new TextDecoder().decode(input.read(5));
      let rest = 0;
      for (const chunk of input) rest += chunk.length;
      return { lines, all, five, rest, end: input.read(10).length, size: input.size, names: Object.keys(inputs) };`);
    expect(JSON.parse(result(code, {}, { data: text }))).toEqual({
      lines: ['first', 'second é', '', 'last'],
      all: text,
      five: 'first',
      rest: Buffer.byteLength(text) - 5,
      end: 0,
      size: Buffer.byteLength(text),
      names: ['data'],
    });
  });

  it('reads lines and characters across chunks', () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `${'é'.repeat(index % 7)}${index}`);
    const code = body(
      'let n = 0; let last; for (const line of inputs.i.lines()) { n++; last = line; } return [n, last]',
    );
    expect(result(code, {}, { i: lines.join('\n') })).toBe(JSON.stringify([30_000, lines.at(-1)]));
  });

  it('writes outputs', () => {
    const { outputs } = run(
      body(
        'outputs.o.write("é"); outputs.o.write(new Uint8Array([120])); outputs.o.close(); outputs["odd name"].write(new TextEncoder().encode("y").buffer)',
      ),
      {},
      {},
      ['o', 'odd name'],
    );
    expect([...outputs].map(([name, bytes]) => [name, bytes.toString()])).toEqual([
      ['o', 'éx'],
      ['odd name', 'y'],
    ]);
  });
});

describe('a failure says what and where', () => {
  it.each([
    [
      'a throw',
      'export function main() {\n\n  null.x;\n}',
      /^TypeError: cannot read property 'x' of null \(function\.js:3:\d+\)$/,
    ],
    [
      'a syntax error',
      'export function main() {\n  return 1 +;\n}',
      /^SyntaxError: .*\(function\.js:2:\d+\)$/,
    ],
    ['an error while it loads', 'throw new RangeError("no")', /^RangeError: no \(function\.js:1:\d+\)$/],
    ['text that is thrown', body('throw "plain"'), /^The function threw plain$/],
    ['nothing that is thrown', body('throw undefined'), /^The function threw undefined$/],
    ['a symbol that is thrown', body('throw Symbol("x")'), /^The function threw/],
    ['an error that lies', body('throw { get name() { throw 1 }, get message() { throw 2 } }'), /^Error: $/],
    ['no main', 'export function other() {}', /has no function main/],
    ['a main that is none', 'export const main = 5', /has no function main/],
    ['a promise that is never kept', 'export const main = () => new Promise(() => {})', /never happens/],
    ['a rejected promise', 'export const main = async () => { throw new Error("late") }', /^Error: late/],
    ['a result that JSON cannot say', body('return () => 1'), /JSON cannot say/],
    ['a cyclic result', body('const a = []; a.push(a); return a'), /circular/],
    ['a closed output', body('outputs.o.close(); outputs.o.write("x")'), /The output o is closed/],
    ['a read of no length', body('inputs.i.read(-1)'), /read\(\) takes a number/],
    ['a write of a number', body('outputs.o.write(5)'), /write\(\) takes/],
    ['recursion', 'export function main() { return main() + 1 }', /^(RangeError|InternalError): .*stack/],
    [
      'too much memory',
      body('const a = []; for (;;) a.push(new Uint8Array(1 << 20))'),
      /more memory than the 64 MiB that/,
    ],
    ['text that is too long', body('let s = "x"; for (;;) s += s'), /more memory|too long/],
  ])('%s', (_what, code, message) => {
    expect(() => result(code, {}, { i: 'x' }, ['o'])).toThrow(message);
  });
});

describe('what a function can reach', () => {
  it.each([
    ['process', 'typeof process'],
    ['require', 'typeof require'],
    ['fetch', 'typeof fetch'],
    ['WebAssembly', 'typeof WebAssembly'],
    ['Atomics', 'typeof Atomics'],
    [
      'std and os of the interpreter',
      'typeof std + typeof os === "undefinedundefined" ? "undefined" : "there"',
    ],
    ['process by way of a constructor', 'inputs.i.constructor.constructor("return typeof process")()'],
    ['process by way of console', 'console.log.constructor("return typeof process")()'],
    [
      'process by way of this',
      '(function () { return typeof this })() === "undefined" && (0, eval)("typeof globalThis.process")',
    ],
    ['functions of the host', 'typeof Object.values(globalThis).find((item) => item && item.readText)'],
  ])('not %s', (_what, expression) => {
    expect(result(body(`return ${expression}`), {}, { i: 'x' })).toBe('undefined');
  });

  it('not other modules', () => {
    const code = (name: string) =>
      `export async function main() { try { await import("${name}"); return "in" } catch { return "out" } }`;
    for (const name of ['fs', 'node:fs', './engine.js', '/etc/passwd', 'std', 'os', 'qjs:os'])
      expect(result(code(name))).toBe('out');
    expect(() => result('import fs from "node:fs"; export const main = () => 1')).toThrow();
  });

  it('not files that are not the task’s', () => {
    expect(
      result(
        body(
          'return Object.getPrototypeOf(inputs) === null && inputs["/etc/passwd"] === undefined ? "none" : "some"',
        ),
      ),
    ).toBe('none');
    const forged = body(
      'const i = inputs.i; const read = i.read; return read.call({ name: "/etc/passwd" }, 10)',
    );
    expect(() => result(forged, {}, { i: 'x' })).toThrow(/brand/);
  });

  it('no more by tampering with prototypes', () => {
    const code = body(`
      const protos = [Array.prototype, Map.prototype, Function.prototype, String.prototype, Promise.prototype];
      const { ownKeys, defineProperty } = Reflect;
      const all = protos.map((proto) => [proto, ownKeys(proto).filter((key) => key !== 'constructor' && key !== 'length')]);
      for (let i = 0; i < all.length; i++) {
        for (let k = 0; k < all[i][1].length; k++) {
          defineProperty(all[i][0], all[i][1][k], { value() { return 'tampered' }, configurable: true });
        }
      }
      Object.defineProperty(Object.prototype, 'type', { value: 'rejected' });
      JSON.stringify = () => { throw new Error('tampered JSON') };
      return 'still here';`);
    expect(result(code)).toBe('still here');
  });
});
