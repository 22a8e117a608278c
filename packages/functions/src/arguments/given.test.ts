import { describe, expect, it } from 'vitest';
import { refuseMisspelt } from './given.ts';

const contract = { feature_size: { type: 'unsigned', text: '' } } as const;
const declared = {
  ...contract,
  header: { type: 'boolean', text: '', default: false },
  l2: { type: 'float', text: '', default: 1 },
} as const;

function check(args: Readonly<Record<string, unknown>>): string[] {
  const log: string[] = [];
  refuseMisspelt({ args, log: (line) => void log.push(line) }, declared, Object.keys(contract));
  return log;
}

describe("unknown arguments of Teaclave's functions", () => {
  it('are ignored and logged, as Teaclave ignores them', () => {
    expect(check({ feature_size: 1, save_log: 'true' })).toEqual([]);
    expect(check({ feature_size: 1, note: 1, 'job id': 'x' })).toEqual([
      'There are no arguments "note", "job id": they are ignored.',
    ]);
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`other${'x'.repeat(500)}${i}`, 1]),
    );
    expect(check(many)[0]?.length).toBeLessThan(1000);
  });

  it('are refused where one of ours is given', () => {
    expect(() => check({ feature_size: 1, header: true, note: 1 })).toThrow('There is no argument "note".');
  });

  it.each(['feature_sizes', 'featureSize', 'FEATURE-SIZE', 'faeture_size', 'headers', 'heder', 'L2'])(
    'are refused where the name is nearly one: %s',
    (name) => {
      expect(() => check({ feature_size: 1, [name]: 1 })).toThrow(
        `There is no argument "${name}". There are feature_size, header, l2.`,
      );
    },
  );

  it.each(['l', 'x2', 'leader_of', 'size', '__proto__'])('are ignored where it is not: %s', (name) => {
    expect(check({ feature_size: 1, [name]: 1 })).toHaveLength(1);
  });
});
