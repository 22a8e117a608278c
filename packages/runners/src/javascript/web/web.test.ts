/** Facts of the web's standards (HTML, URL, Web Crypto) about what functions find of them, told anew. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { body, evaluate, run } from '../../testing/run-javascript.ts';

type Fact = readonly [expression: string, right: unknown];
const thrown = (name: string) => ({ thrown: name });

function hold(facts: readonly Fact[]): void {
  const given = evaluate(facts.map(([expression]) => expression));
  it.each(facts.map(([expression, right], index) => [expression, right, index] as const))(
    '%s',
    (_what, right, index) => {
      expect(given[index]).toEqual(right);
    },
  );
}

describe('atob and btoa', () => {
  hold([
    ["btoa('')", ''],
    ["btoa('a')", 'YQ=='],
    ["btoa('\\0\\xff')", 'AP8='],
    ["btoa('é')", '6Q=='],
    ["btoa('€')", thrown('InvalidCharacterError')],
    ['btoa(null)', 'bnVsbA=='],
    ["atob('')", ''],
    ["atob('YQ==')", 'a'],
    ["atob('YQ')", 'a'],
    ["atob(' Y\\nQ = = \\t')", 'a'],
    ["atob('AP8=') === '\\0\\xff'", true],
    ["atob('YQ=')", thrown('InvalidCharacterError')],
    ["atob('Y')", thrown('InvalidCharacterError')],
    ["atob('YQ===')", thrown('InvalidCharacterError')],
    ["atob('Y=Q=')", thrown('InvalidCharacterError')],
    ["atob('YQ-_')", thrown('InvalidCharacterError')],
    ["atob('YQ\\u00a0==')", thrown('InvalidCharacterError')],
    ["atob('====')", thrown('InvalidCharacterError')],
    // Bits that are left over are dropped.
    ["atob('YR==')", 'a'],
    ['atob(undefined).length', thrown('InvalidCharacterError')],
    ["(() => { try { atob('*') } catch (e) { return [e instanceof DOMException, e.code] } })()", [true, 5]],
    [
      "(() => { const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(''); return atob(btoa(all)) === all })()",
      true,
    ],
  ]);
});

describe('structuredClone', () => {
  const cloned = (value: string, look: string) =>
    `((value) => { const made = structuredClone(value); return ${look} })(${value})`;
  hold([
    [cloned('-0', 'Object.is(made, -0)'), true],
    [
      cloned(
        '[undefined, null, NaN, 1n]',
        '[made[0] === undefined, made[1], Number.isNaN(made[2]), made[3] === 1n]',
      ),
      [true, null, true, true],
    ],
    [cloned("'\\ud800'", "made === '\\ud800'"), true],
    [cloned('new Date(5)', 'made instanceof Date && made !== value && made.getTime()'), 5],
    [cloned('new Date(NaN)', 'Number.isNaN(made.getTime())'), true],
    [
      cloned(
        'Object.assign(/a(?<b>c)/giu, { lastIndex: 3, more: 1 })',
        '[made.source, made.flags, made.lastIndex, made.more ?? null]',
      ),
      ['a(?<b>c)', 'giu', 0, null],
    ],
    [
      cloned(
        '[Object(true), Object(7), Object("x"), Object(8n)]',
        'made.map((one) => typeof one + String(one))',
      ),
      ['objecttrue', 'object7', 'objectx', 'object8'],
    ],
    [cloned('Object(Symbol())', '1'), thrown('DataCloneError')],
    [
      cloned('(() => { const a = [1, , 3]; a.more = 4; return a })()', '[made.length, 1 in made, made.more]'),
      [3, false, 4],
    ],
    [
      cloned(
        '(() => { const o = { b: 1, a: 2 }; o.self = o; return o })()',
        '[made.self === made, made !== value, Object.keys(made)]',
      ),
      [true, true, ['b', 'a', 'self']],
    ],
    [
      cloned('(() => { const x = {}; return [x, x] })()', 'made[0] === made[1] && made[0] !== value[0]'),
      true,
    ],
    [
      cloned(
        'new (class P { x = 1; get y() { return 2 } })()',
        '[Object.getPrototypeOf(made) === Object.prototype, made.x, made.y ?? null]',
      ),
      [true, 1, null],
    ],
    [
      cloned(
        'Object.create(null, { seen: { value: 1, enumerable: true }, hidden: { value: 2 }, [Symbol.iterator]: { value: 3, enumerable: true } })',
        'Reflect.ownKeys(made)',
      ),
      ['seen'],
    ],
    [cloned('{ get x() { return 5 } }', "Object.getOwnPropertyDescriptor(made, 'x').value"), 5],
    [
      cloned(
        'JSON.parse(\'{"__proto__": 1}\')',
        "Object.hasOwn(made, '__proto__') && Object.getPrototypeOf(made) === Object.prototype",
      ),
      true,
    ],
    [
      cloned(
        'new Map([[{ k: 1 }, new Set([1, "a"])]])',
        '[made instanceof Map, [...made.keys()][0].k, [...[...made.values()][0]]]',
      ),
      [true, 1, [1, 'a']],
    ],
    [
      cloned(
        'new (class extends Map {})([[1, 2]])',
        '[Object.getPrototypeOf(made) === Map.prototype, made.get(1)]',
      ),
      [true, 2],
    ],
    [
      cloned(
        '(() => { const m = new Map(); m.set(m, m); return m })()',
        'made.get(made) === made && made.size',
      ),
      1,
    ],
    [
      cloned(
        'new Uint8Array([1, 2, 3, 4]).subarray(1, 3)',
        '[made instanceof Uint8Array, [...made], made.byteOffset, made.buffer.byteLength, made.buffer !== value.buffer]',
      ),
      [true, [2, 3], 1, 4, true],
    ],
    [
      cloned(
        '(() => { const b = new ArrayBuffer(8); return [new Int16Array(b), new DataView(b, 2, 4), b] })()',
        '[made[0].buffer === made[2], made[1].buffer === made[2], made[1].byteOffset, made[1].byteLength]',
      ),
      [true, true, 2, 4],
    ],
    [cloned('new BigInt64Array([5n])', 'made[0] === 5n && made instanceof BigInt64Array'), true],
    [
      cloned(
        "Object.assign(new RangeError('m', { cause: { x: 1 } }), { more: 1 })",
        '[made instanceof RangeError, made.name, made.message, made.cause.x, made.more ?? null, Object.keys(made)]',
      ),
      [true, 'RangeError', 'm', 1, null, []],
    ],
    [
      cloned(
        "new (class Mine extends Error { name = 'Mine' })('m')",
        '[made.name, made.message, Object.getPrototypeOf(made) === Error.prototype]',
      ),
      ['Error', 'm', true],
    ],
    [cloned('new Error()', "Object.hasOwn(made, 'message')"), false],
    ...[
      '() => {}',
      'Symbol()',
      'new WeakMap()',
      'new WeakSet()',
      'new WeakRef({})',
      'Promise.resolve()',
      '[function () {}]',
      '{ a: { b: Symbol.iterator } }',
      'class {}',
      '(function* () {})()',
      'new TextDecoder()',
      'new URL("a:b")',
      'crypto',
      'new Map([[1, () => {}]])',
      '(() => { const b = new ArrayBuffer(1); b.transfer(); return b })()',
    ].map((value): Fact => [cloned(value, '1'), thrown('DataCloneError')]),
    ['structuredClone()', thrown('TypeError')],
    [
      '(() => { try { structuredClone(Symbol()) } catch (e) { return [e instanceof DOMException, e.code] } })()',
      [true, 25],
    ],
    // Transfer.
    [
      '(() => { const b = new Uint8Array([1, 2]).buffer; const m = structuredClone({ b, v: new Uint8Array(b) }, { transfer: [b] }); return [b.detached, [...m.v], m.v.buffer === m.b] })()',
      [true, [1, 2], true],
    ],
    [
      '(() => { const b = new ArrayBuffer(2); structuredClone(1, { transfer: [b] }); return b.detached })()',
      true,
    ],
    [
      '(() => { const b = new ArrayBuffer(2); try { structuredClone([b, () => {}], { transfer: [b] }) } catch (e) { return [e.name, b.detached] } })()',
      ['DataCloneError', false],
    ],
    [
      '(() => { const b = new ArrayBuffer(2); structuredClone(1, { transfer: [b, b] }) })()',
      thrown('DataCloneError'),
    ],
    ['structuredClone(1, { transfer: [{}] })', thrown('DataCloneError')],
  ]);

  it('has none of the task’s files', () => {
    const code = body('try { structuredClone({ i: inputs.i }) } catch (e) { return e.name }');
    expect(run(code, {}, { i: '' }).text).toBe('DataCloneError');
  });
});

describe('URL and URLSearchParams', () => {
  const part = (url: string, ...names: string[]) =>
    `((u) => [${names.map((name) => `u.${name}`).join()}])(new URL(${JSON.stringify(url)}))`;
  const after = (url: string, change: string) =>
    `((u) => { ${change}; return u.href })(new URL(${JSON.stringify(url)}))`;
  const query = (init: string, look: string) => `((p) => ${look})(new URLSearchParams(${init}))`;
  hold([
    [
      part(
        'HTTPS://us%20er:pa:ss@EXAMPLE.com:443/a/./b/../c d?q=é#ü',
        'href',
        'origin',
        'port',
        'username',
        'password',
        'pathname',
        'search',
        'hash',
      ),
      [
        'https://us%20er:pa%3Ass@example.com/a/c%20d?q=%C3%A9#%C3%BC',
        'https://example.com',
        '',
        'us%20er',
        'pa%3Ass',
        '/a/c%20d',
        '?q=%C3%A9',
        '#%C3%BC',
      ],
    ],
    [part('http://0x7f.1/', 'hostname'), ['127.0.0.1']],
    [part('http://[1::0:1]:8080', 'host', 'pathname'), ['[1::1]:8080', '/']],
    [part('http://faß.example/', 'hostname'), ['xn--fa-hia.example']],
    [part('data:text/plain,hi', 'origin', 'protocol', 'pathname'), ['null', 'data:', 'text/plain,hi']],
    ["new URL('../x?y', 'http://a/b/c/d').href", 'http://a/b/x?y'],
    ["new URL('//h/p', 'https://a').href", 'https://h/p'],
    ["String(new URL('a\\ud800', 'http://h/'))", 'http://h/a%EF%BF%BD'],
    ["JSON.stringify({ u: new URL('a:b') })", '{"u":"a:b"}'],
    ...[
      '""',
      '"//h"',
      '"http://"',
      '"http://a b/"',
      '"http://h:99999/"',
      '"http://[::1"',
      '"x", "y"',
      'undefined',
    ].map((args): Fact => [`new URL(${args})`, thrown('TypeError')]),
    [
      "[URL.canParse('a:b'), URL.canParse('x'), URL.canParse('x', 'a://h'), URL.parse('x'), URL.parse('a:b').href]",
      [true, false, true, null, 'a:b'],
    ],
    [
      after(
        'http://h/p?q#f',
        "u.pathname = '/x y'; u.search = 'a=é'; u.hash = ''; u.port = '81'; u.protocol = 'https'; u.host = 'i:82'",
      ),
      'https://i:82/x%20y?a=%C3%A9',
    ],
    [after('http://h/', "u.port = 'x'; u.hostname = 'a b'; u.protocol = 'mailto'"), 'http://h/'],
    [after('http://h/', "u.username = 'a@'; u.password = 'b'"), 'http://a%40:b@h/'],
    [
      after('http://h/', "try { u.href = 'nonsense' } catch (e) { if (!(e instanceof TypeError)) throw e }"),
      'http://h/',
    ],
    [
      after('http://h/?a=1', "u.searchParams.append('b', 'x y'); u.searchParams.delete('a')"),
      'http://h/?b=x+y',
    ],
    [after('http://h/?a=1', "u.searchParams.delete('a')"), 'http://h/'],
    [
      "(() => { const u = new URL('http://h/?a=1'); const p = u.searchParams; u.search = '?b=2'; return [p === u.searchParams, p.get('a'), p.get('b')] })()",
      [true, null, '2'],
    ],
    [
      query("'?a=1&a=2&b=%zz+%F0%9F%92%A9&=c&d'", '[...p]'),
      [
        ['a', '1'],
        ['a', '2'],
        ['b', '%zz 💩'],
        ['', 'c'],
        ['d', ''],
      ],
    ],
    [query('"??a"', '[...p]'), [['?a', '']]],
    [query('"a=%FF"', "p.get('a')"), '\ufffd'],
    [query('{ a: 1, b: "x&y" }', 'String(p)'), 'a=1&b=x%26y'],
    [query("[['a', '\\0 ~*-._é!']]", 'String(p)'), 'a=%00+%7E*-._%C3%A9%21'],
    [query('[["a"]]', '1'), thrown('TypeError')],
    [query('new Map([["a", "b"]])', 'String(p)'), 'a=b'],
    [query('new URLSearchParams("a=1")', '[...p]'), [['a', '1']]],
    [
      query(
        '"a=1&b=2&a=3"',
        "(p.set('a', 9), [String(p), p.size, p.getAll('a'), p.has('b', '2'), p.has('b', '3')])",
      ),
      ['a=9&b=2', 2, ['9'], true, false],
    ],
    [query('"a=1&a=2"', "(p.delete('a', '1'), String(p))"), 'a=2'],
    [query('"z=1&\ud83d\udca9=2&\ufb03=3&a=4&z=0"', '(p.sort(), [...p.keys()])'), ['a', 'z', 'z', '💩', 'ﬃ']],
    [
      query(
        '"a=1&b=2"',
        '{ const seen = []; p.forEach((v, k, own) => seen.push([k, v, own === p])); return [seen, [...p.values()], [...p.entries()]] }',
      ),
      [
        [
          ['a', '1', true],
          ['b', '2', true],
        ],
        ['1', '2'],
        [
          ['a', '1'],
          ['b', '2'],
        ],
      ],
    ],
    [query('undefined', 'String(p)'), ''],
    [
      'Object.prototype.toString.call(new URL("a:b")) + Object.prototype.toString.call(new URLSearchParams())',
      '[object URL][object URLSearchParams]',
    ],
    [`new URL('http://h/' + 'x'.repeat(2 ** 20)).href`, thrown('RangeError')],
    [`new URLSearchParams('a=' + 'x'.repeat(2 ** 20)).size`, thrown('RangeError')],
    [`String(new URLSearchParams([['a', 'x'.repeat(2 ** 20)]]))`, thrown('RangeError')],
    [`new URLSearchParams('a=' + 'x'.repeat(2 ** 19)).size`, 1],
  ]);
});

describe('crypto', () => {
  const hex = (algorithm: string, data: string) =>
    `crypto.subtle.digest(${algorithm}, ${data}).then((d) => Array.from(new Uint8Array(d), (b) => b.toString(16).padStart(2, '0')).join(''))`;
  hold([
    ...(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const).map(
      (name): Fact => [
        hex(`'${name}'`, "new TextEncoder().encode('abc')"),
        createHash(name.replace('-', '')).update('abc').digest('hex'),
      ],
    ),
    [
      hex("'SHA-256'", "new TextEncoder().encode('abc')"),
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ],
    [hex("{ name: 'sha-256' }", 'new ArrayBuffer(0)'), createHash('sha256').digest('hex')],
    [
      hex("'SHA-1'", 'new Uint8Array([0, 97, 98, 99, 0]).subarray(1, 4)'),
      createHash('sha1').update('abc').digest('hex'),
    ],
    [hex("'MD5'", 'new ArrayBuffer(0)'), thrown('NotSupportedError')],
    [hex("'__proto__'", 'new ArrayBuffer(0)'), thrown('NotSupportedError')],
    [hex("'SHA-256'", '"text"'), thrown('TypeError')],
    ['crypto.subtle.digest("SHA-256") instanceof Promise', true],
    [
      '(() => { const a = new Uint8Array(1000); return crypto.getRandomValues(a) === a && new Set(a).size > 100 })()',
      true,
    ],
    [
      '(() => { const a = new Uint32Array(8).fill(0); crypto.getRandomValues(a.subarray(2, 6)); return [a[0], a[1], a[6], a[7], a.subarray(2, 6).some((x) => x > 0xffff)] })()',
      [0, 0, 0, 0, true],
    ],
    ['crypto.getRandomValues(new BigUint64Array(2)).length', 2],
    ['crypto.getRandomValues(new Uint8Array(65536)).length', 65536],
    ['crypto.getRandomValues(new Uint8Array(65537))', thrown('QuotaExceededError')],
    ['crypto.getRandomValues(new Float64Array(1))', thrown('TypeMismatchError')],
    ['crypto.getRandomValues(new DataView(new ArrayBuffer(1)))', thrown('TypeMismatchError')],
    [
      '/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())',
      true,
    ],
    ['crypto.randomUUID() === crypto.randomUUID()', false],
  ]);
});

describe('timers', () => {
  const order = (code: string) =>
    `(async () => { const seen = []; const say = (x) => seen.push(x); ${code}; return seen })()`;
  hold([
    ['new Promise((resolve) => setTimeout(resolve, 1, "later"))', 'later'],
    [
      order(
        'await new Promise((done) => { setTimeout(say, 20, 3); setTimeout(say, 0, 1); setTimeout(() => { say(2); Promise.resolve().then(() => say("micro")) }, 0); setTimeout(done, 30) })',
      ),
      [1, 2, 'micro', 3],
    ],
    [
      order(
        'setTimeout(say, 0, "timer"); queueMicrotask(() => say("task")); await null; say("now"); await new Promise((r) => setTimeout(r))',
      ),
      ['task', 'now', 'timer'],
    ],
    [
      order(
        'const t = setTimeout(say, 0, "never"); clearTimeout(t); clearTimeout(99); clearTimeout(); await new Promise((r) => setTimeout(r, 1))',
      ),
      [],
    ],
    [
      order(
        'await new Promise((done) => { let n = 0; const t = setInterval(() => { say(++n); if (n === 3) { clearInterval(t); done() } }, 0) }); await new Promise((r) => setTimeout(r, 20))',
      ),
      [1, 2, 3],
    ],
    [
      order(
        'await new Promise((r) => setTimeout(r, -5)); await new Promise((r) => setTimeout(r, "x")); await new Promise((r) => setTimeout(r, 2 ** 40)); say(typeof setTimeout(() => {}))',
      ),
      ['number'],
    ],
    ['setTimeout("code")', thrown('TypeError')],
    [
      '(async () => { const from = performance.now(); await new Promise((r) => setTimeout(r, 30)); return performance.now() - from >= 30 })()',
      true,
    ],
    [
      'await import("x").catch(() => new Promise((r) => setTimeout(r, 0, "after top level")))',
      'after top level',
    ],
  ]);

  it('that main does not wait for do not happen', () => {
    expect(run(body('setTimeout(() => { throw new Error("too late") }, 0); return "done"')).text).toBe(
      'done',
    );
  });

  it('fail the function where they throw', () => {
    const code = body('await new Promise(() => {\n setTimeout(() => { throw new RangeError("late") }) })');
    expect(() => run(code)).toThrow(/^RangeError: late \(function\.js:2:\d+\)$/);
  });

  it('are there while the code loads', () => {
    const code = 'const x = await new Promise((r) => setTimeout(r, 1, 6)); export const main = () => x;';
    expect(run(code).text).toBe('6');
  });
});

describe('what a function finds', () => {
  it('can be replaced, and stays replaced', () => {
    const code = `
      function setTimeout() { return 'mine' }
      var URL = 'my URL';
      async function main() {
        globalThis.TextEncoder = 5;
        new TextDecoder();
        globalThis.structuredClone = undefined;
        const before = [setTimeout(), URL, TextEncoder, typeof structuredClone, typeof clearTimeout, typeof URLSearchParams];
        delete globalThis.atob;
        return [...before, typeof atob, typeof btoa];
      }`;
    expect(JSON.parse(run(code).text)).toEqual([
      'mine',
      'my URL',
      5,
      'undefined',
      'function',
      'function',
      'undefined',
      'function',
    ]);
  });

  it('is not in the way of names of its own', () => {
    const code =
      'const crypto = 1, URL = 2; let atob = 3; class TextDecoder {} ; function main() { return [crypto, URL, atob, typeof TextDecoder] }';
    expect(run(code).text).toBe('[1,2,3,"function"]');
  });

  it('tampering with it reaches nothing but text, numbers and bytes of its own', () => {
    // The tools of the prelude's parts, by way of what they call.
    const code = body(`
      const seen = [];
      const { push } = Array.prototype;
      Array.prototype.push = function (...items) { seen[seen.length] = this; return push.apply(this, items) };
      Map.prototype.set = new Proxy(Map.prototype.set, { apply(target, self, items) { seen[seen.length] = self; return Reflect.apply(target, self, items) } });
      new URL('http://h/?a=b').searchParams.append('c', 'd');
      setTimeout(() => {}, 0);
      new TextDecoder();
      return seen.flatMap((one) => [...(one.values?.() ?? one)]).filter((one) => typeof one === 'function').map((one) => one.constructor('return typeof process')());`);
    expect(new Set(JSON.parse(run(code).text))).toEqual(new Set(['undefined']));
  });
});
