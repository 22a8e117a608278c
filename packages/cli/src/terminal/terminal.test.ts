import { describe, expect, it } from 'vitest';
import { type Context, guarded, note, print, table } from '../context.ts';
import { CliError, formatError } from '../errors.ts';
import { pairs } from '../flags.ts';
import { progressLine, size } from './progress.ts';

describe('the terminal', () => {
  it('shows sizes and progress', () => {
    expect([0, 1023, 1024, 2 ** 31].map(size)).toEqual(['0 B', '1023 B', '1.0 KiB', '2.0 GiB']);
    expect(progressLine('upload', 512, 1024, 1000)).toBe(
      `upload    ${'█'.repeat(15)}${'░'.repeat(15)} 50%  512 B of 1.0 KiB  512 B/s`,
    );
    expect(progressLine('encrypt', 512, undefined, 0)).toBe('encrypt   512 B');
    expect(progressLine('upload', 9, 3, 0)).toContain('100%');
  });

  it('lets no name of a stranger move the cursor or turn the text around', () => {
    const evil = 'a\u001b[2K\u009b1m\r\u202eb';
    const shown = 'a\\u{1b}[2K\\u{9b}1m\\u{d}\\u{202e}b';
    let [out, err] = ['', ''];
    const world = {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    };
    const context = { process: world } as unknown as Context;
    print(context, false, {}, () => evil);
    note(context, evil);
    expect([out, err]).toEqual([`${shown}\n`, `${shown}\n`]);
    expect(table([['name'], [`${evil}\nb`]])).toBe(`name\n${shown}\\u{a}b`);
    expect(formatError(new CliError('io', `${evil}\nb`), false)).toBe(`gaiwan: ${shown}\\u{a}b (io)`);
    const sent: string[] = [];
    guarded({ write: (text) => sent.push(text) }).write(evil);
    expect(sent).toEqual([shown]);
    out = '';
    print(context, true, { evil }, () => '');
    expect(out).toMatch(/^[ -~]*\n$/);
    expect(JSON.parse(out)).toEqual({ evil });
    expect(JSON.parse(formatError(new CliError('io', evil), true))).toMatchObject({
      error: { message: evil },
    });
  });
});

describe('pairs', () => {
  it('are read', () => {
    expect(pairs(['a=b', 'c=d=e'], 'X=Y')).toEqual({ a: 'b', c: 'd=e' });
    expect(pairs(undefined, 'X=Y')).toEqual({});
  });
  it.each([[['a']], [['=b']], [['a=']], [['a=b', 'a=c']]])('%j are refused', (given) => {
    expect(() => pairs(given, 'X=Y')).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('printing', () => {
  it('shows bytes as hex in JSON, whichever class they are of', () => {
    let out = '';
    const context = { process: { stdout: { write: (text: string) => (out += text) } } } as unknown as Context;
    print(context, true, { a: Buffer.from('ab', 'hex'), b: { c: new Uint8Array([1, 2]) }, d: 3n }, () => '');
    expect(JSON.parse(out)).toEqual({ a: 'ab', b: { c: '0102' }, d: '3' });
  });
});
