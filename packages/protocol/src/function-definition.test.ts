import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import {
  type FunctionDefinition,
  functionDefinitionBytes,
  parseFunctionDefinition,
} from './function-definition.ts';
import { ManifestError } from './manifest-error.ts';

const slot = { name: 'in', description: 'a list', optional: true };
const sample: FunctionDefinition = {
  format: 'gaiwan-function-version/1',
  name: 'f',
  description: 'does it',
  executorType: 'python',
  payload: createHash('sha256').update('code').digest('hex'),
  arguments: [{ key: 'n', defaultValue: '3', allowOverwrite: false }],
  inputs: [slot],
  outputs: [{ ...slot, name: 'out' }],
};
const encode = (text: string) => new TextEncoder().encode(text);
const changed = (change: object) => encode(canonicalJson({ ...sample, ...change }));
const refused = (code: string) => expect.objectContaining({ name: 'ManifestError', code });

describe('a function’s definition', () => {
  it('is what its bytes say', () => {
    expect(parseFunctionDefinition(functionDefinitionBytes(sample))).toEqual(sample);
  });

  it('has the version that it has had from the first release on', () => {
    expect(createHash('sha256').update(functionDefinitionBytes(sample)).digest('hex')).toBe(
      'f13ed24424535cc28517cc3a918323badb9c9a982c40c27e0ff463e5c4974012',
    );
  });

  it.each([
    [encode(JSON.stringify(sample)), 'not-canonical'],
    [changed({ format: 'gaiwan-function-version/2' }), 'unknown-format'],
    [changed({ more: 1 }), 'bad-form'],
    [changed({ payload: 'ab' }), 'bad-form'],
    [changed({ inputs: [{ ...slot, more: 1 }] }), 'bad-form'],
    [changed({ arguments: [{ key: 'n', defaultValue: 3, allowOverwrite: true }] }), 'bad-form'],
    [changed({ description: 'x'.repeat(4097) }), 'bad-form'],
    [changed({ outputs: Array.from({ length: 1001 }, () => slot) }), 'bad-form'],
  ] as const)('%# is refused', (bytes, code) => {
    expect(() => parseFunctionDefinition(bytes)).toThrow(refused(code));
  });

  it('is refused with any member missing', () => {
    for (const name of Object.keys(sample))
      expect(() => parseFunctionDefinition(changed({ [name]: undefined })), name).toThrow(ManifestError);
  });

  it('is refused in any other JSON form', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(() => parseFunctionDefinition(encode(json))).toThrow(ManifestError);
      }),
    );
  });
});
