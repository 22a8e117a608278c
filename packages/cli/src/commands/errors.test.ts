import { expect, it } from 'vitest';
import { gaiwanHere } from '../testing/run-here.ts';

it('says what a code means, and what to do', async () => {
  const ended = await gaiwanHere(['errors', 'approvals-missing']);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  expect(ended.stdout.toString()).toBe(
    `approvals-missing (@gaiwan/platform PlatformError; gRPC 2 UNKNOWN "failed to invoke task")
  Not every participant has approved; \`subjects\` names those who have not.
  Have them look at the manifest and approve its digest.
`,
  );
});

it('shows every meaning of a code that packages share, as JSON for programs', async () => {
  const ended = await gaiwanHere(['errors', 'disk-full', '--json']);
  expect(ended.code).toBe(0);
  expect(JSON.parse(ended.stdout.toString())).toEqual([
    expect.objectContaining({
      of: '@gaiwan/platform PlatformError',
      sent: 'gRPC 8 RESOURCE_EXHAUSTED "service internal error", HTTP 507',
    }),
    expect.objectContaining({ code: 'disk-full', of: '@gaiwan/platform TaskFault' }),
    expect.objectContaining({ code: 'disk-full', of: '@gaiwan/files FilesError' }),
  ]);
});

it.each(['something-new', 'toString'])('ends with 2 for a code that it does not know: %s', async (code) => {
  const ended = await gaiwanHere(['errors', code]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(`knows no code "${code}"`);
});
