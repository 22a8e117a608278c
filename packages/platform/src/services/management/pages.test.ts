import { create } from '@bufbuild/protobuf';
import { gaiwan } from '@gaiwan/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { caller, ManagementTest } from '../../testing/management.ts';

let test: ManagementTest;
beforeAll(async () => {
  test = await ManagementTest.open();
});
afterAll(() => test.close());

const ann = caller('ann');
const pages = (pageToken: string) => [
  test.management.data.listData(ann, create(gaiwan.ListDataRequestSchema, { pageToken })),
  test.management.tasks.listTasks(ann, create(gaiwan.ListTasksRequestSchema, { pageToken })),
];

it('a page token that no page gave out is refused by name', async () => {
  const bad = expect.objectContaining({ code: 'bad-page-token' });
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, maxLength: 80 }), async (token) => {
      for (const answer of pages(token)) await expect(answer).rejects.toEqual(bad);
    }),
    { numRuns: 100 },
  );
});

it('nor is one of another list a page of this one', async () => {
  for (const iv of [1, 2]) await test.output(ann, iv);
  const { nextPageToken } = await test.management.data.listData(
    ann,
    create(gaiwan.ListDataRequestSchema, { pageSize: 1 }),
  );
  expect(nextPageToken).not.toBe('');
  const request = create(gaiwan.ListTasksRequestSchema, { pageToken: String(nextPageToken) });
  await expect(test.management.tasks.listTasks(ann, request)).rejects.toMatchObject({
    code: 'bad-page-token',
  });
});
