/** Facts of the Encoding Standard, told anew. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { body, evaluate, run } from '../../testing/run-javascript.ts';

/** The standard's decoder of UTF-8, a byte at a time: nothing of it is shared with what it judges. Undefined: an error, and it is fatal. */
function decodeUtf8(bytes: readonly number[], fatal: boolean): string | undefined {
  let text = '';
  let [point, seen, needed, lower, upper] = [0, 0, 0, 0x80, 0xbf];
  let failed = false;
  const fault = () => {
    failed = true;
    text += '\ufffd';
  };
  const take = (byte: number): void => {
    if (needed === 0) {
      if (byte < 0x80) text += String.fromCharCode(byte);
      else if (byte >= 0xc2 && byte <= 0xdf) [needed, point] = [1, byte & 0x1f];
      else if (byte >= 0xe0 && byte <= 0xef) {
        if (byte === 0xe0) lower = 0xa0;
        if (byte === 0xed) upper = 0x9f;
        [needed, point] = [2, byte & 0xf];
      } else if (byte >= 0xf0 && byte <= 0xf4) {
        if (byte === 0xf0) lower = 0x90;
        if (byte === 0xf4) upper = 0x8f;
        [needed, point] = [3, byte & 0x7];
      } else fault();
      return;
    }
    if (byte < lower || byte > upper) {
      [point, seen, needed, lower, upper] = [0, 0, 0, 0x80, 0xbf];
      fault();
      take(byte);
      return;
    }
    [lower, upper] = [0x80, 0xbf];
    point = point * 64 + (byte & 0x3f);
    if (++seen < needed) return;
    text += String.fromCodePoint(point);
    [point, seen, needed] = [0, 0, 0];
  };
  for (const byte of bytes) take(byte);
  if (needed > 0) fault();
  return fatal && failed ? undefined : text;
}

/** Decodes each in pieces, in the engine. */
function decodeAll(
  cases: readonly { bytes: readonly number[]; cuts: readonly number[]; options: object; label?: string }[],
) {
  const code = body(`
    return args.cases.map(({ bytes, cuts, options, label }) => {
      const decoder = new TextDecoder(label, options);
      const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      let text = '';
      let start = 0;
      try {
        for (const end of ends) {
          text += decoder.decode(new Uint8Array(bytes.slice(start, end)), { stream: true });
          start = end;
        }
        return text + decoder.decode();
      } catch (error) {
        return { thrown: error.constructor === TypeError };
      }
    })`);
  return JSON.parse(run(code, { cases }).text) as unknown[];
}

describe('fault 1: TextDecoder', () => {
  /** Bytes that characters of all lengths are made of, whole and broken. */
  const byte = fc.constantFrom(
    0x41,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xe2,
    0xed,
    0xef,
    0xbb,
    0xf0,
    0xf4,
    0xf5,
    0xff,
  );
  const piece = fc.oneof(
    byte.map((one) => [one]),
    fc.string({ unit: 'binary', maxLength: 3 }).map((text) => [...Buffer.from(text)]),
  );
  const bytes = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.flat());
  const cuts = fc.array(fc.nat(40), { maxLength: 6 });

  it('gives for UTF-8 in pieces what the standard gives, wherever it is cut', () => {
    const one = fc.record({
      bytes,
      cuts,
      options: fc.record({ fatal: fc.boolean(), ignoreBOM: fc.boolean() }),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 20, maxLength: 40 }), (cases) => {
        const right = cases.map(({ bytes: given, options }) => {
          const text = decodeUtf8(given, options.fatal);
          if (text === undefined) return { thrown: true };
          return !options.ignoreBOM && text.startsWith('\ufeff') ? text.slice(1) : text;
        });
        expect(decodeAll(cases)).toEqual(right);
      }),
      { numRuns: 25 * Number(process.env['GAIWAN_PROPERTY_FACTOR'] ?? 1) },
    );
  });

  it('gives for UTF-16 in pieces what it gives for the whole', () => {
    const unit = fc.constantFrom(0x41, 0xd83d, 0xdca9, 0xd800, 0xdfff, 0xfffe, 0x20ac);
    const one = fc.record({
      units: fc.array(unit, { maxLength: 6 }),
      odd: fc.boolean(),
      cuts,
      fatal: fc.boolean(),
      big: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 20, maxLength: 40 }), (cases) => {
        const given = cases.map(({ units, odd, cuts: at, fatal, big }) => ({
          bytes: [
            ...units.flatMap((value) => (big ? [value >> 8, value & 255] : [value & 255, value >> 8])),
            ...(odd ? [0x41] : []),
          ],
          cuts: at,
          options: { fatal },
          label: big ? 'utf-16be' : 'utf-16le',
        }));
        const right = cases.map(({ units, odd, fatal }) => {
          const text = String.fromCharCode(...units);
          if (fatal && (odd || !text.isWellFormed())) return { thrown: true };
          const halfPair = /[\ud800-\udbff]$/.test(text);
          return text.toWellFormed() + (odd && !halfPair ? '\ufffd' : '');
        });
        expect(decodeAll(given)).toEqual(right);
      }),
      { numRuns: 10 * Number(process.env['GAIWAN_PROPERTY_FACTOR'] ?? 1) },
    );
  });

  const bytesOf = (...values: number[]) => `new Uint8Array([${values.join()}])`;
  const euro = bytesOf(0xe2, 0x82, 0xac);
  const facts: readonly (readonly [expression: string, right: unknown])[] = [
    [`new TextDecoder().decode(${euro})`, '€'],
    [`new TextDecoder().decode(${euro}.buffer)`, '€'],
    [`new TextDecoder().decode(new DataView(${bytesOf(65, 0xe2, 0x82, 0xac)}.buffer, 1))`, '€'],
    ['new TextDecoder().decode()', ''],
    ['new TextDecoder().decode(undefined, undefined)', ''],
    ['new TextDecoder().decode("text")', { thrown: 'TypeError' }],
    ['new TextDecoder().decode(null)', { thrown: 'TypeError' }],
    ['TextDecoder()', { thrown: 'TypeError' }],
    [`new TextDecoder('utf-8', { fatal: true }).decode(${bytesOf(0xff)})`, { thrown: 'TypeError' }],
    [
      `(() => { try { new TextDecoder('utf-8', { fatal: true }).decode(${bytesOf(0xc0)}) } catch (e) { return e instanceof TypeError } })()`,
      true,
    ],
    // A decoder that refused can be used again.
    [
      `(() => { const d = new TextDecoder('utf-8', { fatal: true }); try { d.decode(${bytesOf(0xe2)}) } catch {} return d.decode(${euro}) })()`,
      '€',
    ],
    // What a call without stream leaves behind is nothing.
    [
      `(() => { const d = new TextDecoder(); return [d.decode(${bytesOf(0xe2)}, { stream: true }), d.decode(), d.decode(${bytesOf(0x82)})] })()`,
      ['', '\ufffd', '\ufffd'],
    ],
    // A fault is told as soon as it is one.
    [
      `(() => { const d = new TextDecoder(); return [d.decode(${bytesOf(0xe0, 0x80)}, { stream: true }), d.decode()] })()`,
      ['\ufffd\ufffd', ''],
    ],
    [
      `(() => { const d = new TextDecoder(); return [d.decode(${bytesOf(0xf0, 0x9f, 0x92)}, { stream: true }), d.decode(${bytesOf(0xa9)}, { stream: true })] })()`,
      ['', '💩'],
    ],
    // The mark: once, at the start, unless it is wanted.
    [`new TextDecoder().decode(${bytesOf(0xef, 0xbb, 0xbf, 65)})`, 'A'],
    [`new TextDecoder().decode(${bytesOf(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf)})`, '\ufeff'],
    [`new TextDecoder('utf-8', { ignoreBOM: true }).decode(${bytesOf(0xef, 0xbb, 0xbf)}).length`, 1],
    [
      `(() => { const d = new TextDecoder(); return [0xef, 0xbb, 0xbf, 65].map((b) => d.decode(new Uint8Array([b]), { stream: true })) })()`,
      ['', '', '', 'A'],
    ],
    [
      `(() => { const d = new TextDecoder(); const b = ${bytesOf(0xef, 0xbb, 0xbf, 65)}; return [d.decode(b), d.decode(b)] })()`,
      ['A', 'A'],
    ],
    [`new TextDecoder('utf-16').decode(${bytesOf(0xff, 0xfe, 65, 0)})`, 'A'],
    [`new TextDecoder('utf-16be').decode(${bytesOf(0xfe, 0xff, 0, 65)})`, 'A'],
    [`new TextDecoder().decode(${bytesOf(0, 65, 0)})`, '\0A\0'],
    // Labels.
    [
      "['utf8', ' UTF-8\\n', 'unicode-1-1-utf-8', 'x-unicode20utf8'].map((label) => new TextDecoder(label).encoding)",
      Array(4).fill('utf-8'),
    ],
    [
      "['ucs-2', 'UTF-16', 'unicode'].map((label) => new TextDecoder(label).encoding)",
      Array(3).fill('utf-16le'),
    ],
    [
      "['utf-7', '', 'utf-8\\u00a0', '\\u0130so-10646-ucs-2', 'constructor', 'latin1'].map((label) => { try { return new TextDecoder(label).encoding } catch (e) { return e instanceof RangeError } })",
      Array(6).fill(true),
    ],
    [
      "(({ encoding, fatal, ignoreBOM }) => [encoding, fatal, ignoreBOM])(new TextDecoder('utf-8', { fatal: 1, ignoreBOM: 'x' }))",
      ['utf-8', true, true],
    ],
    ['(() => { const d = new TextDecoder(); try { d.fatal = true } catch {} return d.fatal })()', false],
    ['Object.prototype.toString.call(new TextDecoder())', '[object TextDecoder]'],
    ['Object.keys(globalThis).includes("TextDecoder")', false],
  ];
  it.each(facts.map(([expression, right], index) => [expression, right, index] as const))(
    '%s',
    (_what, right, index) => {
      expect(given[index]).toEqual(right);
    },
  );
  const given = evaluate(facts.map(([expression]) => expression));
});

describe('fault 1: TextEncoder', () => {
  const list = (expression: string) => `[...${expression}]`;
  const facts: readonly (readonly [expression: string, right: unknown])[] = [
    [list("new TextEncoder().encode('a\\ud800b')"), [0x61, 0xef, 0xbf, 0xbd, 0x62]],
    [list("new TextEncoder().encode('\\udc00\\ud800')"), [0xef, 0xbf, 0xbd, 0xef, 0xbf, 0xbd]],
    [list("new TextEncoder().encode('\\ud800\\0\\udc00')"), [0xef, 0xbf, 0xbd, 0, 0xef, 0xbf, 0xbd]],
    [list("new TextEncoder().encode('💩')"), [0xf0, 0x9f, 0x92, 0xa9]],
    [list('new TextEncoder().encode()'), []],
    [list('new TextEncoder().encode(undefined)'), []],
    [list('new TextEncoder().encode(null)'), [...Buffer.from('null')]],
    ['new TextEncoder().encode(Symbol())', { thrown: 'TypeError' }],
    ['new TextEncoder().encoding', 'utf-8'],
    ['Object.prototype.toString.call(new TextEncoder())', '[object TextEncoder]'],
    ...(
      [
        ['Hi', 2, [2, 2, 'Hi']],
        ['Hi', 1, [1, 1, 'H']],
        ['é', 1, [0, 0, '\0']],
        ['aé', 2, [1, 1, 'a\0']],
        ['€x', 3, [1, 3, '€']],
        ['💩', 3, [0, 0, '\0\0\0']],
        ['💩x', 5, [3, 5, '💩x']],
        ['a💩', 4, [1, 1, 'a\0\0\0']],
        ['\ud83d', 3, [1, 3, '\ufffd']],
        ['a\ud83d', 2, [1, 1, 'a\0']],
        ['', 2, [0, 0, '\0\0']],
      ] as const
    ).map(
      ([text, size, right]) =>
        [
          `(() => { const target = new Uint8Array(${size} + 2).subarray(1, ${size} + 1); const { read, written } = new TextEncoder().encodeInto(${JSON.stringify(text)}, target); const all = new Uint8Array(target.buffer); return [read, written, new TextDecoder().decode(target), all[0], all[${size} + 1]] })()`,
          [...right, 0, 0],
        ] as const,
    ),
    ["new TextEncoder().encodeInto('x', new Uint16Array(2))", { thrown: 'TypeError' }],
    ["new TextEncoder().encodeInto('x', new ArrayBuffer(2))", { thrown: 'TypeError' }],
  ];
  it.each(facts.map(([expression, right], index) => [expression, right, index] as const))(
    '%s',
    (_what, right, index) => {
      expect(given[index]).toEqual(right);
    },
  );
  const given = evaluate(facts.map(([expression]) => expression));

  it('encodes into as much room as there is what Node does', () => {
    const texts = fc.array(
      fc.tuple(fc.string({ unit: fc.constantFrom('a', 'é', '€', '💩', '\ud800', '\udc00') }), fc.nat(12)),
      { minLength: 30, maxLength: 30 },
    );
    fc.assert(
      fc.property(texts, (cases) => {
        const code = body(
          'return args.cases.map(([text, size]) => { const t = new Uint8Array(size); const { read, written } = new TextEncoder().encodeInto(text, t); return [read, written, [...t]] })',
        );
        const right = cases.map(([text, size]) => {
          const target = new Uint8Array(size);
          const { read, written } = new TextEncoder().encodeInto(text, target);
          return [read, written, [...target]];
        });
        expect(JSON.parse(run(code, { cases }).text)).toEqual(right);
      }),
      { numRuns: 10 },
    );
  });
});

describe('fault 1: text of files', () => {
  it('is whole, in whatever chunks it comes', () => {
    // Chunks of 64 KiB cut each of these characters somewhere.
    const text = 'aé€💩'.repeat(30_000);
    const code = body(`
      const decoder = new TextDecoder();
      let streamed = '';
      let chunks = 0;
      for (const chunk of inputs.i) { streamed += decoder.decode(chunk, { stream: true }); chunks++; }
      streamed += decoder.decode();
      inputs.i.rewind();
      return [chunks > 3, streamed.includes('\\ufffd'), streamed === inputs.i.text()]`);
    expect(run(code, {}, { i: text }).text).toBe('[true,false,true]');
  });

  it('has no byte order mark', () => {
    const file = Buffer.from('\ufeffann\n\ufeffbob');
    const code = body(`
      const { i } = inputs;
      const lines = [...i.lines()];
      i.rewind();
      const text = i.text();
      i.rewind();
      i.read(3);
      return [lines, text, i.text(), (i.rewind(), i.read(3).length)]`);
    expect(JSON.parse(run(code, {}, { i: file }).text)).toEqual([
      ['ann', '\ufeffbob'],
      'ann\n\ufeffbob',
      'ann\n\ufeffbob',
      3,
    ]);
  });

  it('that is written has U+FFFD for half of a pair, as has the result', () => {
    const { text, outputs } = run(body('outputs.o.write("a\\ud800b"); return "c\\udc00\\0d"'), {}, {}, ['o']);
    expect([text, outputs.get('o')?.toString()]).toEqual(['c\ufffd\0d', 'a\ufffdb']);
  });
});
