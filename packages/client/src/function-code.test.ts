import { createHash } from 'node:crypto';
import { functionDefinitionBytes, gaiwan } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { readCode } from './function-code.ts';

const payload = Buffer.from('def main(): pass\n');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const definition = functionDefinitionBytes({
  format: 'gaiwan-function-version/1',
  name: 'f',
  description: '',
  executorType: 'python',
  payload: sha256(payload),
  arguments: [],
  inputs: [],
  outputs: [],
});
const version = sha256(definition);
const { SHOWN, HIDDEN, UNSPECIFIED } = gaiwan.CodeAccess;
const bad = expect.objectContaining({ code: 'bad-code' }) as unknown;
const thrown = (answer: Parameters<typeof readCode>[0], expected = version): unknown => {
  try {
    return readCode(answer, expected);
  } catch (error) {
    return error;
  }
};

describe('readCode', () => {
  it('returns what the version names', () => {
    expect(readCode({ definition, payload, access: SHOWN }, version)).toMatchObject({ version, payload });
    expect(readCode({ definition, payload, access: SHOWN })).toMatchObject({ version, access: 'shown' });
  });

  it('never returns code that comes with a hidden one', () => {
    const found = readCode({ definition, payload, access: HIDDEN }, version);
    expect(found).toMatchObject({ access: 'hidden', payload: undefined });
  });

  it('refuses what is not what would run', () => {
    const other = Buffer.from('def main(): evil\n');
    expect(thrown({ definition, payload: other, access: SHOWN })).toEqual(bad);
    expect(thrown({ definition, payload: new Uint8Array(), access: SHOWN })).toEqual(bad);
    expect(thrown({ definition, payload, access: SHOWN }, '0'.repeat(64))).toEqual(bad);
    expect(thrown({ definition, payload, access: HIDDEN }, '0'.repeat(64))).toEqual(bad);
    expect(thrown({ definition, payload, access: UNSPECIFIED })).toEqual(bad);
    const spaced = Buffer.concat([definition, Buffer.from(' ')]);
    expect(thrown({ definition: spaced, payload, access: SHOWN }, sha256(spaced))).toEqual(bad);
  });
});
