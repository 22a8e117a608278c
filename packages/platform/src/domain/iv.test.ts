import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { checkEpochOfOutput, checkIvFree, decideIntent, type IvRecord, ivName } from './iv.ts';

const crypto = { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) } as const;

describe('a key and IV', () => {
  it('have one name, which tells keys, IVs and schemes apart', () => {
    const names = [
      crypto,
      { ...crypto, iv: new Uint8Array(12).fill(1) },
      { ...crypto, key: new Uint8Array(16).fill(1) },
      { ...crypto, schema: 'aes-gcm-256' as const },
    ].map(ivName);
    expect(new Set(names).size).toBe(4);
    expect(ivName({ ...crypto })).toBe(names[0]);
  });

  it('do not matter to a scheme that draws fresh keys', () => {
    expect(ivName({ ...crypto, schema: 'teaclave-file-128' })).toBeUndefined();
  });

  it('of an older epoch are not used any more', () => {
    expect(() => checkEpochOfOutput('output-1', 2, 2)).not.toThrow();
    // Of an output that does not say its epoch nobody knows what it is worth.
    expect(() => checkEpochOfOutput('output-1', undefined, 1)).toThrow(/in epoch unknown/);
    for (const registered of [undefined, 1, 3])
      expect(() => checkEpochOfOutput('output-1', registered, 2)).toThrow(
        expect.objectContaining({ code: 'iv-older-epoch' }),
      );
  });

  it('belong to one holder', () => {
    expect(() => checkIvFree({ holder: 'output-1' }, 'output-1')).not.toThrow();
    expect(() => checkIvFree({ holder: 'input-1' }, 'output-1')).toThrow(
      expect.objectContaining({ code: 'iv-reuse' }),
    );
    expect(() => checkIvFree({ holder: 'output-1', content: 'aa' }, 'output-1')).toThrow('fresh random IV');
  });

  it('encrypt one content, whoever asks how often in whatever order', () => {
    const wish = fc.record({
      output: fc.constantFrom('output-1', 'output-2'),
      content: fc.constantFrom('aa', 'bb'),
    });
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 20 }), (wishes) => {
        let record: IvRecord | undefined;
        const encrypted = new Set<string>();
        for (const { output, content } of wishes) {
          try {
            record = decideIntent(record, output, content);
            encrypted.add(content);
          } catch (error) {
            expect(error).toBeInstanceOf(PlatformError);
          }
        }
        expect(encrypted.size).toBeLessThanOrEqual(1);
      }),
    );
  });
});
