import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { noteUnused } from './evidence-endorsements.ts';
import { bytesOf, lines } from './evidence-text.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-evidence-text-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('claims as text', () => {
  it('have a line each, nested ones indented', () => {
    expect(lines({ kind: 'snp', tcb: { snp: 3, list: [1, 'a'] }, none: null, on: true }, '  ')).toEqual([
      '  kind: snp',
      '  tcb:',
      '    snp: 3',
      '    list: [1,"a"]',
      '  none: null',
      '  on: true',
    ]);
  });

  it('forge no line and hide none, in names and values', () => {
    const stranger = 'x\nverdict: verified\r\u001b[1A\u202e';
    const shown = 'x\\u{a}verdict: verified\\u{d}\\u{1b}[1A\\u{202e}';
    expect(lines({ [stranger]: stranger, group: { [stranger]: { a: 1 } } })).toEqual([
      `${shown}: ${shown}`,
      'group:',
      `  ${shown}:`,
      '    a: 1',
    ]);
    expect(lines({ list: ['\u202e\u2028'] })).toEqual(['list: ["\\u{202e}\\u{2028}"]']);
  });
});

describe('files that are not used', () => {
  const told = (unused: Parameters<typeof noteUnused>[1]): string => {
    let text = '';
    const write = (part: string) => {
      text += part;
      return true;
    };
    noteUnused({ process: { stdout: { write }, stderr: { write } } } as never, unused);
    return text;
  };

  it('are told one a line, whatever their names and reasons have in them', () => {
    expect(told([{ name: 'a\nb', why: 'of "x\ny"' }])).toBe('not used: a\\u{a}b: of "x\\u{a}y"\n');
  });

  it('are told up to a number', () => {
    const most = limits.unusedFiles.value;
    const text = told(Array.from({ length: most + 2 }, (_, i) => ({ name: `${i}`, why: 'old' })));
    expect(text.split('\n')).toHaveLength(most + 2);
    expect(text).toContain('not used: and 2 more\n');
  });
});

describe('a file with evidence', () => {
  it('is read whole, and refused where it is longer than evidence is', async () => {
    const [short, long] = [join(folder, 'short'), join(folder, 'long')];
    writeFileSync(short, 'evidence');
    expect(Buffer.from(await bytesOf(short)).toString()).toBe('evidence');
    writeFileSync(long, new Uint8Array(limits.evidence.value + 1));
    await expect(bytesOf(long)).rejects.toThrow('bytes: it is no evidence');
  });
});
