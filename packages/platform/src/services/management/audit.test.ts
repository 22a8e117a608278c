import { create } from '@bufbuild/protobuf';
import { frontend } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { limits } from '../../domain/index.ts';
import type { AuditEntry } from '../../ports.ts';
import { auditAppend } from '../../state/audit/entries.ts';
import { caller, ManagementTest } from '../../testing/management.ts';

let test: ManagementTest;
beforeEach(async () => {
  test = await ManagementTest.open();
});
afterEach(() => test.close());

const admin = caller('admin', 'PlatformAdmin');
const ask = async (query: string, limit = 10n) => {
  const request = create(frontend.QueryAuditLogsRequestSchema, { query, limit });
  return (await test.management.frontend.queryAuditLogs(admin, request)).logs ?? [];
};
const messages = async (query: string, limit?: bigint) =>
  (await ask(query, limit)).map(({ message }) => message);
const entry = (message: string, microsecond: number): AuditEntry => ({
  microsecond,
  address: '10.0.0.1',
  user: '',
  message,
  result: true,
});

it('an answer has what was found, as Teaclave writes it, and the question is logged before it is answered', async () => {
  const id = await test.register(caller('vendor', 'FunctionOwner'));
  expect(id).toMatch(/^function-/);
  const [found, ...others] = await ask('message:register_function');
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    user: '{ user: vendor, role: FunctionOwner }',
    message: 'register_function',
    result: true,
    microsecond: BigInt(test.stored.clock.time) * 1000n,
  });
  expect(Buffer.from(found?.ip ?? []).toString('hex')).toBe('1'.padStart(32, '0'));
  expect(await messages('query_audit_logs')).toEqual(['query_audit_logs']);
});

it('what cannot be understood is refused in Teaclave’s words, and nothing is found with the limit 0', async () => {
  await expect(ask('micros:1')).rejects.toMatchObject({
    code: 'bad-audit-query',
    grpc: 2,
    wire: expect.stringMatching(/^audit log error, reason: there is no field "micros", /),
  });
  expect(await ask('*', 0n)).toEqual([]);
  await expect(ask('(')).rejects.toMatchObject({ code: 'bad-audit-query' });
});

it('a search that ends before the log does says so, and where to go on', async () => {
  const { store, clock } = test.stored;
  const each = 100;
  const rows = limits.auditHorizon.value / each;
  const start = clock.time * 1000;
  const append = Array.from({ length: rows + 1 }, (_, row) => {
    const message = row === 0 ? 'the needle' : 'hay';
    const [log, value] = auditAppend(
      Array.from({ length: each }, (_unused, at) => entry(message, start + row * each + at)),
    );
    return { log, value };
  });
  await store.commit({ append });
  const [horizon, ...others] = await ask('needle');
  expect(others).toEqual([]);
  const text =
    /^audit_horizon: 100000 entries were searched, back to 2026-01-01T\S+Z; for older ones write (before:\d+\.\d+) in front of the query$/;
  expect(horizon).toMatchObject({ user: '', result: false, microsecond: BigInt(start + each) });
  const [, before] = text.exec(horizon?.message ?? '') ?? [];
  expect(before).toMatch(/^before:/);
  // All that is left, and the log's beginning.
  expect(await messages(`${before} needle`, 1000n)).toEqual(Array.from({ length: each }, () => 'the needle'));
  expect(await messages(`${before} hay`)).toEqual([]);
  // An answer that is full has no such entry.
  expect(await messages('hay', 1n)).toEqual(['hay']);
});
