import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { JsonReader } from './json.ts';
import { jsonFault } from './json-scan.ts';

const fault = (text: string) => jsonFault(Buffer.from(text));

function depth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}

describe('JSON of strangers', () => {
  it.each([
    ['brackets', '[', 'nested deeper than 8'],
    ['objects in objects', '{"a":', 'nested deeper than 8'],
    ['empty objects', '{},', 'too many objects'],
    ['empty arrays', '[],', 'too many objects'],
    ['strings', '"ab",', 'too many strings'],
    ['keys', '"a":1,', 'too many strings'],
    ['escaped strings', '"\\"",', 'too many strings'],
  ])('of %s is refused before it is parsed', (_what, part, message) => {
    expect(fault(`{"trees":[${part.repeat(20_000)}`)).toContain(message);
  });

  it('may be as dense as a model can be', () => {
    const value = '{"feature_index":0,"feature_value":0.0,"pred":0.0,"missing":0,"is_leaf":true}';
    const node = `{"value":${value},"index":0,"left":0,"right":0},`;
    expect(fault(`{"trees":[{"tree":{"tree":[${node.repeat(5000)}`)).toBeUndefined();
    expect(fault(`{"parameters":[${'0,'.repeat(50_000)}`)).toBeUndefined();
  });

  it('is measured by its structure, whatever its strings hold', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        const found = fault(text);
        const deep = depth(JSON.parse(text)) > 8;
        if (deep) expect(found).toBeDefined();
        else expect(found ?? '').not.toContain('nested');
      }),
      { numRuns: 1000 },
    );
    const strange = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', ':', ',', 'a') });
    fc.assert(
      fc.property(strange, (held) => {
        expect(fault(JSON.stringify({ held }))).toBeUndefined();
      }),
    );
  });

  it('is refused without a word of it', () => {
    const refused = () => new JsonReader('model').parse(Buffer.from('{"secret": nonsense}'));
    expect(refused).toThrow(FunctionError);
    expect(refused).toThrow(/^The model is no JSON\.$/);
  });
});
