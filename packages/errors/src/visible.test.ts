import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, quoted, visible, visibleJson } from './visible.ts';

const HIDDEN = [
  '\0',
  '\b',
  '\r',
  '\x1b[2J',
  '\x7f',
  '\x9b2J',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\ufeff',
  '\u{e0041}',
];
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...HIDDEN, '\n', '\t', 'a')).map((all) => all.join('')),
);
const DANGER = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}]/u;

describe("A11: strangers' text", () => {
  it('is one line, each character seen', () => {
    expect(visible('a\u001b[2Kb\u202ec\n')).toBe('a\\u{1b}[2Kb\\u{202e}c\\u{a}');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('is a word in a sentence: quoted, in one line, no longer than it may be', () => {
    expect(quoted('a"\nb\u202e')).toBe('"a\\"\\nb\\u{202e}"');
    expect(quoted('x'.repeat(257))).toBe(`"${'x'.repeat(256)}…"`);
    expect(quoted('xyz', 2)).toBe('"xy…"');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quoted(text, 1000)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('of several lines keeps them', () => {
    expect(printable('größe 🙂\r\n\tb\rc\x9b\n')).toBe('größe 🙂\r\n\tb\\u{d}c\\u{9b}\n');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text).replaceAll('\r\n', '\n')).not.toMatch(DANGER);
      }),
    );
  });

  it('as JSON is the same value', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = visibleJson(JSON.stringify({ text }, undefined, 1));
        expect(json).not.toMatch(DANGER);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});
