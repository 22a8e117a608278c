import { createServer, request as http, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { contentUrl } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DataRecord } from '../../domain/records.ts';
import { OpenAccounts } from '../../state/open-accounts.ts';
import { OpenAttempts } from '../../state/open-attempts.ts';
import { transact } from '../../state/transaction.ts';
import { BlobCalls } from '../../testing/blob-calls.ts';
import { endlessRoom, openTestHoldings } from '../../testing/holdings.ts';
import { TestStore } from '../../testing/store.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';
import { BlobStore } from './blobs.ts';
import { handleBlob } from './routes.ts';
import { Transfers } from './transfers.ts';

/** Of a content: more than a connection's buffers take of it. */
const SIZE = 8 << 20;
const [ann, ben] = [subjectOf('ann'), subjectOf('ben')];
const id = '11111111-1111-4111-8111-111111111111';
const data = { id: `input-${id}`, url: contentUrl('00'.repeat(32)) } as DataRecord;

let test: TestStore;
let blobs: BlobStore;
const calls = new BlobCalls(() => ({ store: test.store, clock: test.clock, blobs }));
let server: Server;
/** That have come. */
let requests = 0;
let ids = 0;
const attempts = new OpenAttempts();
const answers: IncomingMessage[] = [];

beforeEach(async () => {
  test = await TestStore.open();
  await putAccounts(test.store, [ann, ben]);
  blobs = await BlobStore.open({
    store: test.store,
    folder: join(test.folder, 'blobs'),
    clock: test.clock,
    accounts: new OpenAccounts(test.store),
    attempts,
    failed: () => undefined,
    report: (error) => expect.unreachable(String(error)),
    holdings: await openTestHoldings(test.store),
    room: endlessRoom,
    ids: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    transfers: new Transfers({
      users: [
        { calls: 3, bytes: 2 * SIZE },
        { calls: 4, bytes: 3 * SIZE },
      ],
      strangers: [
        { calls: 1, bytes: 0 },
        { calls: 1, bytes: 0 },
      ],
    }),
  });
  await transact(test.store, test.clock, async (tx) => blobs.putContent(tx, id, ann, Buffer.alloc(SIZE)));
  server = createServer((request, response) => {
    requests++;
    void handleBlob(blobs, { request, response, know: () => undefined });
  });
  requests = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const answer of answers.splice(0)) answer.destroy();
  server.close().closeAllConnections();
  await test.close();
});

/** The answer, whose body nobody reads; an upload announces ten bytes that never come. */
function begin(path: string, capability: string, { put = false } = {}): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${capability}`, ...(put && { 'content-length': 10 }) };
    const method = put ? 'PUT' : 'GET';
    const asked = http({ port, host: '127.0.0.1', path, method, headers, agent: false }, (answer) => {
      answers.push(answer);
      resolve(answer);
    }).on('error', reject);
    // Of an upload the body does not come.
    if (put) asked.flushHeaders();
    else asked.end();
  });
}

async function download(who = ann): Promise<IncomingMessage> {
  const { path, capability } = await blobs.createDownload(data, who);
  return begin(path, capability);
}

async function codeOf(answer: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of answer.setEncoding('utf8')) body += String(chunk);
  return (JSON.parse(body) as { code: string }).code;
}

it("a user's downloads hold so much, and what ends makes place; others have theirs", async () => {
  const first = await download();
  const second = await download();
  expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
  const third = await download();
  expect([third.statusCode, third.headers['retry-after']]).toEqual([429, '1']);
  expect(await codeOf(third)).toBe('too-much-in-flight');
  expect((await download(ben)).statusCode).toBe(200);
  const full = await download(ben);
  expect([full.statusCode, await codeOf(full)]).toEqual([429, 'too-much-in-flight']);
  first.destroy();
  await expect.poll(async () => (await download()).statusCode).toBe(200);
});

it('so many are under way at once; what a lease asks for is none of them', async () => {
  const uploads = await Promise.all([1, 2, 3, 4].map(() => calls.createUpload(ann, 'x', 10)));
  const begun = Promise.allSettled(
    uploads.slice(0, 3).map(({ path, capability }) => begin(path, capability, { put: true })),
  );
  // Each is refused or waits for its body: only the first three have a place.
  await expect.poll(() => requests).toBe(3);
  const [, , , last] = uploads;
  if (!last) throw new Error('four were made');
  const refused = await begin(last.path, last.capability, { put: true });
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
  expect(await codeOf(refused)).toBe('too-many-calls');
  attempts.begin('a1');
  const { url } = await calls.createOutput(ann, 'out');
  const right = await blobs.grant(url, 'read', 'a1');
  const answer = await begin(`/blobs/${url.split('/')[3]}`, right);
  expect([answer.statusCode, await codeOf(answer)]).toEqual([404, 'not-written']);
  server.closeAllConnections();
  await begun;
});

it('who has no right has places by address; a refused upload has one as long as it is listened to', async () => {
  const lingering = await begin(`/blobs/${id}`, 'none', { put: true });
  expect(lingering.statusCode).toBe(403);
  const refused = await begin(`/blobs/${id}`, 'none');
  expect([refused.statusCode, await codeOf(refused)]).toEqual([429, 'too-many-calls']);
  lingering.destroy();
  await expect.poll(async () => (await begin(`/blobs/${id}`, 'none')).statusCode).toBe(403);
});
