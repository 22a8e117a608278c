import { create, toBinary } from '@bufbuild/protobuf';
import { worker as wire } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { limits } from '../../limits.ts';
import { fitIntoMessage } from './done-message.ts';

const report = { runner: 'r', layers: [], log: ['line'], runMs: 1 };
const ok = (bytes: number, log: string[] = []) => ({
  taskId: 't',
  token: 1n,
  result: { result: { case: 'Ok' as const, value: { returnValue: new Uint8Array(bytes), log } } },
  report,
});
const size = (done: Parameters<typeof fitIntoMessage>[0]) =>
  toBinary(
    wire.FromWorkerSchema,
    create(wire.FromWorkerSchema, { message: { case: 'done', value: fitIntoMessage(done) } }),
  ).length;

describe('what a worker says of a task', () => {
  it('stays what it is where one message takes it', () => {
    for (const done of [ok(10), ok(limits.serviceMessage.value - 200)])
      expect(fitIntoMessage(done)).toBe(done);
  });

  it.each([
    ['a result', ok((32 << 20) - 20)],
    ['a log', ok(8 << 20, ['x'.repeat(24 << 20)])],
    [
      'many lines',
      ok(
        0,
        // Too long by what stands before each of them.
        Array.from({ length: 9 << 20 }, () => 'xx'),
      ),
    ],
  ])('is that it failed where %s is too long', (_what, done) => {
    expect(fitIntoMessage(done)).toMatchObject({
      taskId: 't',
      token: 1n,
      result: { result: { case: 'Err', value: { reason: expect.stringContaining('write the result') } } },
      report: { runner: 'r', log: [] },
    });
    expect(size(done)).toBeLessThan(1000);
  });

  it('is never longer than a message', () => {
    // On both sides of where it just fits: every one is 32 MiB that are written twice.
    for (const less of [0, 66, 99, 132])
      expect(size(ok(limits.serviceMessage.value - less))).toBeLessThanOrEqual(limits.serviceMessage.value);
  });
});
