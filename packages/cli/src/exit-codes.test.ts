import { GaiwanError } from '@gaiwan/client';
import { FilesError } from '@gaiwan/files';
import { describe, expect, it } from 'vitest';
import { formatError, usage } from './errors.ts';
import { exitCodeFor } from './exit-codes.ts';

describe('exit codes', () => {
  it.each([
    [new GaiwanError('approvals-missing', 'x', { grpc: 2 }), 1],
    [new GaiwanError('task-failed', 'x'), 1],
    [usage('x'), 2],
    [new FilesError('bad-name', 'x'), 2],
    [new GaiwanError('untrusted-server', 'x'), 3],
    [new GaiwanError('cannot-connect', 'x'), 3],
    [new GaiwanError('whatever', 'x', { grpc: 16 }), 4],
    [new FilesError('disk-full', 'x'), 5],
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 5],
    [new FilesError('corrupt', 'x'), 6],
    [new GaiwanError('bad-manifest', 'x'), 6],
    [new GaiwanError('timeout', 'x'), 8],
    [new TypeError('x'), 70],
    ['x', 70],
  ])('%s: %i', (error, code) => {
    expect(exitCodeFor(error)).toBe(code);
  });
});

describe('an error', () => {
  const refused = new GaiwanError('approvals-missing', 'Wait for bob.', {
    subjects: ['bob', 'eve'],
    policyId: 'p1',
  });
  it('is one line for people', () => {
    expect(formatError(refused, false)).toBe(
      'gaiwan: Wait for bob. [bob, eve] (approvals-missing, policy p1)',
    );
  });
  it('is one object for programs', () => {
    expect(JSON.parse(formatError(refused, true))).toEqual({
      error: {
        code: 'approvals-missing',
        message: 'Wait for bob.',
        policyId: 'p1',
        subjects: ['bob', 'eve'],
      },
    });
  });
});
