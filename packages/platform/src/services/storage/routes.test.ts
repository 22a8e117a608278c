import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  request as http,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { contentUrl } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobUrl } from '../../domain/blob-url.ts';
import { type DataRecord, keys } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import type { UploadGrant } from '../../ports.ts';
import { OpenAccounts } from '../../state/open-accounts.ts';
import { OpenAttempts } from '../../state/open-attempts.ts';
import type { Room } from '../../state/room.ts';
import { transact } from '../../state/transaction.ts';
import { BlobCalls } from '../../testing/blob-calls.ts';
import { endlessRoom, openTestHoldings } from '../../testing/holdings.ts';
import { TestStore } from '../../testing/store.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';
import { BlobStore } from './blobs.ts';
import { handleBlob } from './routes.ts';

let test: TestStore;
let blobs: BlobStore;
const calls = new BlobCalls(() => ({ store: test.store, clock: test.clock, blobs }));
let accounts: OpenAccounts;
let attempts: OpenAttempts;
/** Of the disk. */
const failures: unknown[] = [];
let room: Pick<Room, 'take'>;
const ann = subjectOf('ann');
let server: Server;
/** The request that came last. */
let latest: IncomingMessage | undefined;
let ids = 0;
const folder = () => join(test.folder, 'blobs');
const open = async () => {
  accounts = new OpenAccounts(test.store);
  attempts = new OpenAttempts();
  blobs = await BlobStore.open({
    store: test.store,
    folder: folder(),
    clock: test.clock,
    accounts,
    attempts,
    failed: (error) => failures.push(error),
    report: (error) => failures.push(error),
    holdings: await openTestHoldings(test.store, { user: { bytes: 20 << 20, items: 100 } }),
    room: { take: (bytes) => room.take(bytes) },
    ids: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
  });
};
/** Requests that have shown who made them. */
let known: string[];
beforeEach(async () => {
  latest = undefined;
  known = [];
  room = endlessRoom;
  test = await TestStore.open();
  await putAccounts(test.store, [ann]);
  await open();
  server = createServer((request, response) => {
    latest = request;
    const know = () => void known.push(request.url ?? '');
    void handleBlob(blobs, { request, response, know }).then((mine) => mine || response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.close().closeAllConnections();
  await test.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `cut`: more is announced than the body, and the connection is cut when this resolves. */
function send(
  method: string,
  path: string,
  capability: string,
  headers: Record<string, string> = {},
  body = '',
  cut?: Promise<void>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const length = cut ? { 'content-length': String(body.length + 10) } : {};
    const outgoing = http(
      {
        port,
        host: '127.0.0.1',
        method,
        path,
        headers: { authorization: `Bearer ${capability}`, ...headers, ...length },
      },
      (incoming) => {
        let body = '';
        incoming.on('data', (chunk) => {
          body += String(chunk);
        });
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
        );
      },
    );
    outgoing.on('error', reject);
    if (!cut) outgoing.end(body);
    else outgoing.write(body, () => void cut.then(() => outgoing.destroy(new Error('cut'))));
  });
}

const put = ({ path, capability }: UploadGrant, body: string, offset = 0) =>
  send('PUT', path, capability, { 'gaiwan-offset': String(offset) }, body);
const codeOf = ({ body }: Answer) => (JSON.parse(body) as { code: string }).code;
/** A complete upload, and how to read it. */
async function stored(content: string): Promise<{ path: string; capability: string }> {
  const grant = await calls.createUpload(ann, 'x', content.length);
  expect((await put(grant, content)).status).toBe(200);
  return blobs.createDownload({ url: grant.url } as never, ann);
}

it('says who makes a request by a capability for the file, and by nothing else', async () => {
  const { path, capability } = await stored('abc');
  const other = await stored('xyz');
  known = [];
  for (const wrong of ['', 'x', other.capability]) await send('GET', path, wrong);
  await send('PUT', path, capability, {}, 'abc');
  expect(known).toEqual([]);
  await send('GET', path, capability);
  expect(known).toEqual([path]);
});

describe('PUT', () => {
  it('ends with the account in whose name it runs', async () => {
    const grant = await calls.createUpload(ann, 'x', 10);
    const never = Promise.withResolvers<void>();
    const broken = expect(
      send('PUT', grant.path, grant.capability, {}, 'abcd', never.promise),
    ).rejects.toThrow();
    await expect.poll(() => latest?.readableDidRead).toBe(true);
    accounts.end(ann);
    await broken;
  });

  it('goes on where a broken connection left off', async () => {
    const grant = await calls.createUpload(ann, 'x', 10);
    const cut = Promise.withResolvers<void>();
    const broken = expect(send('PUT', grant.path, grant.capability, {}, 'abcd', cut.promise)).rejects.toThrow(
      'cut',
    );
    await expect.poll(() => latest?.readableDidRead).toBe(true);
    cut.resolve();
    await broken;
    // The platform may notice the break a moment later than the client.
    const refusal = async () => {
      const wrong = await put(grant, 'x', 3);
      return [wrong.status, codeOf(wrong), wrong.headers['gaiwan-offset']];
    };
    await expect.poll(refusal).toEqual([409, 'wrong-offset', '4']);
    expect((await put(grant, 'efghij', 4)).status).toBe(200);
    const { path, capability } = await blobs.createDownload({ url: grant.url } as never, ann);
    expect((await send('GET', path, capability)).body).toBe('abcdefghij');
  });

  it.each(['-1', '1e1', 'x', '0x4', ''])('takes no offset like "%s"', async (offset) => {
    const grant = await calls.createUpload(ann, 'x', 3);
    const answer = await send('PUT', grant.path, grant.capability, { 'gaiwan-offset': offset }, 'abc');
    expect([answer.status, codeOf(answer)]).toEqual([409, 'wrong-offset']);
  });

  it('keeps nothing of a request that brings too much', async () => {
    const grant = await calls.createUpload(ann, 'x', 5);
    await put(grant, 'abc');
    expect((await put(grant, 'defg', 3)).status).toBe(413);
    expect(await blobs.resumeUpload(ann, grant.url)).toMatchObject({ received: 3, complete: false });
    expect((await put(grant, 'de', 3)).status).toBe(200);
  });

  it('writes once', async () => {
    const grant = await calls.createUpload(ann, 'x', 3);
    await put(grant, 'abc');
    const again = await put(grant, 'xyz');
    expect([again.status, codeOf(again)]).toEqual([409, 'already-complete']);
  });

  /** A worker's capability for an output, under a lease that has begun; and where it goes. */
  async function lease(
    attempt: string,
    url?: string,
  ): Promise<{ path: string; capability: string; url: string }> {
    const made = url ?? (await calls.createOutput(ann, 'out')).url;
    attempts.begin(attempt);
    const capability = await blobs.grant(made, 'write', attempt);
    return { url: made, capability, path: `/blobs/${made.split('/')[3]}` };
  }

  it('of an output ends with its attempt: what is under way is cut off, and nothing comes after it', async () => {
    const { path, capability } = await lease('t1-a1');
    const never = Promise.withResolvers<void>();
    const broken = expect(send('PUT', path, capability, {}, 'abcd', never.promise)).rejects.toThrow();
    await expect.poll(() => latest?.readableDidRead).toBe(true);
    await attempts.end('t1-a1');
    await broken;
    const late = await send('PUT', path, capability, {}, 'abcd');
    expect([late.status, codeOf(late)]).toEqual([403, 'bad-capability']);
  });

  it('of an output that nobody adopts is removed when its attempt is over; one that was adopted stays', async () => {
    const one = await lease('t1-a1');
    const other = await lease('t1-a2');
    for (const { path, capability } of [one, other])
      expect((await send('PUT', path, capability, {}, 'text')).status).toBe(200);
    await transact(test.store, test.clock, async (tx) =>
      (await blobs.prepareAdoption(tx, other.url, 't1-a2')).adopt(),
    );
    const kept = `${other.path.split('/').at(-1)}.t1-a2`;
    expect(readdirSync(folder())).toHaveLength(2);
    for (const attempt of ['t1-a1', 't1-a2', 't1-a3']) await blobs.discard(attempt);
    expect(readdirSync(folder())).toEqual([kept]);
  });

  it('of an output that was adopted is refused, also under a lease', async () => {
    const { url, path, capability } = await lease('t1-a1');
    expect((await send('PUT', path, capability, {}, 'first')).status).toBe(200);
    await transact(test.store, test.clock, async (tx) =>
      (await blobs.prepareAdoption(tx, url, 't1-a1')).adopt(),
    );
    for (const attempt of ['t1-a1', 't2-a1']) {
      const again = await send('PUT', path, (await lease(attempt, url)).capability, {}, 'other');
      expect([again.status, codeOf(again)]).toEqual([409, 'already-complete']);
    }
    const download = await blobs.createDownload({ url } as never, ann);
    expect((await send('GET', download.path, download.capability)).body).toBe('first');
  });

  it('has one writer at a time', async () => {
    const grant = await calls.createUpload(ann, 'x', 10);
    const cut = Promise.withResolvers<void>();
    const broken = expect(send('PUT', grant.path, grant.capability, {}, 'abcd', cut.promise)).rejects.toThrow(
      'cut',
    );
    await expect.poll(() => latest?.readableDidRead).toBe(true);
    expect(codeOf(await put(grant, 'x', 9))).toBe('busy');
    cut.resolve();
    await broken;
  });
});

describe('a capability', () => {
  it('is for one file, one way and some minutes', async () => {
    const one = await calls.createUpload(ann, 'x', 3);
    const other = await calls.createUpload(ann, 'y', 3);
    const refused = [
      await send('PUT', other.path, one.capability, {}, 'abc'),
      await send('GET', one.path, one.capability),
      await send('PUT', one.path, '', {}, 'abc'),
      await send('PUT', one.path, 'x'.repeat(5000), {}, 'abc'),
    ];
    test.clock.time += 6 * 60_000;
    refused.push(await put(one, 'abc'));
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  });
});

describe('GET', () => {
  it.each([
    [undefined, 200, '0123456789', undefined],
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-99', 206, '789', 'bytes 7-9/10'],
    ['bytes=10-', 416, undefined, 'bytes */10'],
    ['bytes=5-4', 416, undefined, 'bytes */10'],
    // Forms that it does not know: the whole file, as RFC 9110 allows.
    ['bytes=-3', 200, '0123456789', undefined],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
  ])('range %s', async (range, status, body, contentRange) => {
    const { path, capability } = await stored('0123456789');
    const answer = await send('GET', path, capability, range === undefined ? {} : { range });
    expect(answer.status).toBe(status);
    if (body !== undefined) expect(answer.body).toBe(body);
    expect(answer.headers['content-range']).toBe(contentRange);
  });

  it.each([
    ['gone', (file: string) => rmSync(file)],
    ['cut', (file: string) => writeFileSync(file, '01234')],
    ['longer', (file: string) => writeFileSync(file, '0123456789+')],
  ])('a file that is %s is blob-missing, never a broken connection', async (_what, damage) => {
    const { path, capability } = await stored('0123456789');
    damage(join(folder(), path.split('/').at(-1) as string));
    for (const range of [{}, { range: 'bytes=2-4' }]) {
      const answer = await send('GET', path, capability, range);
      expect([answer.status, codeOf(answer)]).toEqual([410, 'blob-missing']);
    }
    expect((await send('HEAD', path, capability)).status).toBe(410);
  });

  it('of nothing is nothing; HEAD tells the size; other methods are refused', async () => {
    const empty = await stored('');
    expect(await send('GET', empty.path, empty.capability)).toMatchObject({ status: 200, body: '' });
    const { path, capability } = await stored('abc');
    expect((await send('HEAD', path, capability)).headers['content-length']).toBe('3');
    expect((await send('DELETE', path, capability)).status).toBe(405);
  });

  it('opens nothing when the account that it was given to is gone, or another one has its name', async () => {
    const { path, capability } = await stored('abc');
    await putAccounts(test.store, [subjectOf('ann', 1)]);
    const answer = await send('GET', path, capability);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'bad-capability']);
  });

  it.each(['/blobs/', '/blobs/../root.key', '/blobs/%2e%2e', `/blobs/${'0'.repeat(37)}`, '/'])(
    '%s is no blob',
    async (path) => {
      expect((await send('GET', path, 'x')).status).toBe(404);
    },
  );
});

/** A disk of 256 KiB; only root may mount one. */
function smallDisk(path: string): boolean {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it('a full disk keeps nothing of the request, and what was there before', async ({ skip }) => {
  const grant = await calls.createUpload(ann, 'x', 1 << 20);
  if (!smallDisk(folder())) skip('this user may not mount a small disk');
  try {
    await blobs.touch(join(folder(), grant.path.split('/').at(-1) as string));
    expect((await put(grant, 'a'.repeat(1000))).status).toBe(200);
    const full = await put(grant, 'b'.repeat((1 << 20) - 1000), 1000);
    expect([full.status, codeOf(full)]).toEqual([507, 'disk-full']);
    expect(await blobs.resumeUpload(ann, grant.url)).toMatchObject({ received: 1000, complete: false });
  } finally {
    execFileSync('umount', ['-l', folder()]);
  }
});

/** A disk with room for so many bytes. */
const roomFor = (bytes: number): Pick<Room, 'take'> => {
  let left = bytes;
  return {
    take: async (more) => {
      if (more > left) throw refuse('disk-full', 'no room');
      left -= more;
      return { [Symbol.dispose]: () => undefined };
    },
  };
};
const BIG = 12 << 20;

/** Sends all of it before it reads anything, as a client may that has not looked yet. */
function sendBlindly({ path, capability }: UploadGrant, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1').pause();
    socket.once('error', reject);
    socket.write(
      `PUT ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${capability}\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    socket.write(body, () => {
      let answer = '';
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
      socket.once('close', () => resolve(answer)).resume();
    });
  });
}

it('L8: who sends on to a disk without room still gets the refusal, and the connection ends', async () => {
  const grant = await calls.createUpload(ann, 'x', BIG);
  room = roomFor(2 << 20);
  const answer = await sendBlindly(grant, Buffer.alloc(BIG));
  expect(answer).toMatch(/^HTTP\/1\.1 507 [\s\S]*"code":"disk-full"/);
  expect(await blobs.resumeUpload(ann, grant.url)).toMatchObject({ received: 0, complete: false });
});

describe('a request about a blob that is deleted meanwhile', () => {
  const idIn = ({ path }: { path: string }) => path.split('/').at(-1) as string;

  it('ends, where it brings an upload: nothing is kept', async () => {
    const grant = await calls.createUpload(ann, 'x', BIG);
    const { promise: cut, resolve: endRequest } = Promise.withResolvers<void>();
    const sent = send('PUT', grant.path, grant.capability, { 'gaiwan-offset': '0' }, 'abc', cut);
    await expect.poll(() => [...blobs.writing]).toEqual([idIn(grant)]);
    await calls.discardUpload(ann, grant.url);
    await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' });
    endRequest();
    await expect.poll(() => [...blobs.writing]).toEqual([]);
    expect(await blobs.record(idIn(grant))).toBeUndefined();
    await blobs.settled();
    expect(readdirSync(folder())).toEqual([]);
  });

  it('ends, where it takes a file, and lets go of it', async () => {
    const content = 'x'.repeat(BIG);
    const { path, capability } = await stored(content);
    const { port } = server.address() as AddressInfo;
    const taken = await new Promise<IncomingMessage>((resolve) =>
      http({ port, path, headers: { authorization: `Bearer ${capability}` } }, resolve).end(),
    );
    // Nobody reads it.
    taken.pause();
    const ended = new Promise((resolve) => taken.once('error', resolve));
    const links = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).includes(idIn({ path }));
        } catch {
          return false;
        }
      });
    expect(links()).toHaveLength(1);
    test.clock.time += 1;
    await transact(test.store, test.clock, (tx) => blobs.deleteUnused(tx, idIn({ path }), test.clock.time));
    blobs.removeGone();
    taken.resume();
    await expect(ended).resolves.toMatchObject({ code: 'ECONNRESET' });
    await expect.poll(links).toEqual([]);
    await blobs.settled();
    expect(readdirSync(folder())).toEqual([]);
  });
});

describe('an output of a task', () => {
  const output = async (attempt: string) => {
    const { url } = await calls.createOutput(ann, 'out');
    attempts.begin(attempt);
    const capability = await blobs.grant(url, 'write', attempt);
    return { url, path: `/blobs/${url.split('/')[3]}`, capability };
  };
  const write = ({ path, capability }: { path: string; capability: string }, body: string) =>
    send('PUT', path, capability, { 'content-length': String(body.length) }, body);

  it('counts for its owner from its first byte, and what is beyond the quota is refused before it is sent', async () => {
    const [lost, one, other] = [await output('a0'), await output('a1'), await output('a2')];
    expect((await write(lost, 'x'.repeat(BIG))).status).toBe(200);
    expect(codeOf(await write(one, 'x'.repeat(BIG)))).toBe('storage-quota');
    await blobs.discard('a0');
    expect((await write(one, 'x'.repeat(BIG))).status).toBe(200);
    const refused = await write(other, 'y'.repeat(BIG));
    expect([refused.status, codeOf(refused)]).toEqual([413, 'storage-quota']);
    await transact(test.store, test.clock, async (tx) =>
      (await blobs.prepareAdoption(tx, one.url, 'a1')).adopt(),
    );
    await blobs.discard('a1');
    expect(codeOf(await write(other, 'y'.repeat(BIG)))).toBe('storage-quota');
    expect((await write(other, 'y'.repeat(100))).status).toBe(200);
  });

  it('is not longer than it was announced, and is announced', async () => {
    const { path, capability } = await output('a1');
    const chunked = await send('PUT', path, capability, { 'transfer-encoding': 'chunked' }, 'abc');
    expect([chunked.status, codeOf(chunked)]).toEqual([411, 'length-required']);
  });

  it('is refused on a full disk, and then counts for nothing', async () => {
    const [refused, other] = [await output('a1'), await output('a2')];
    room = roomFor(0);
    expect(codeOf(await write(refused, 'x'.repeat(BIG)))).toBe('disk-full');
    room = endlessRoom;
    expect((await write(other, 'x'.repeat(BIG))).status).toBe(200);
  });

  it('has one writer at a time', async () => {
    const { path, capability } = await output('a1');
    const cut = Promise.withResolvers<void>();
    const broken = expect(send('PUT', path, capability, {}, 'abcd', cut.promise)).rejects.toThrow('cut');
    await expect.poll(() => latest?.readableDidRead).toBe(true);
    expect(codeOf(await write({ path, capability }, 'abc'))).toBe('busy');
    cut.resolve();
    await broken;
    await expect.poll(async () => (await write({ path, capability }, 'abc')).status).toBe(200);
  });
});

describe('the content of a data: URL', () => {
  const id = '11111111-1111-4111-8111-111111111111';
  const keep = (text: string) =>
    transact(test.store, test.clock, async (tx) => blobs.putContent(tx, id, ann, Buffer.from(text)));
  const data = { id: `input-${id}`, url: contentUrl('00'.repeat(32)) } as DataRecord;

  it('is downloaded as any file is, whole and in parts', async () => {
    await keep('0123456789');
    const { path, capability, size } = await blobs.createDownload(data, ann);
    expect(size).toBe(10);
    expect(await send('GET', path, capability)).toMatchObject({ status: 200, body: '0123456789' });
    expect(await send('GET', path, capability, { range: 'bytes=3-5' })).toMatchObject({
      status: 206,
      body: '345',
    });
    expect((await send('HEAD', path, capability)).headers['content-length']).toBe('10');
  });

  it('is no file: it is neither written nor registered under another URL, and no sweep takes it', async () => {
    await keep('abc');
    const url = blobUrl(id, 'content');
    await expect(blobs.requireUsable(ann, url, 'input')).rejects.toMatchObject({
      code: 'wrong-kind-of-blob',
    });
    await expect(blobs.resumeUpload(ann, url)).rejects.toMatchObject({ code: 'not-an-upload' });
    await expect(calls.discardUpload(ann, url)).rejects.toMatchObject({ code: 'not-an-upload' });
    attempts.begin('a1');
    const capability = await blobs.grant(url, 'write', 'a1');
    expect(codeOf(await send('PUT', `/blobs/${id}`, capability, { 'content-length': '1' }, 'x'))).toBe(
      'already-complete',
    );
    expect(await blobs.sweep(join(test.folder, 'aside'))).toBeUndefined();
    await blobs.createDownload(data, ann);
  });

  it('that is gone from the store is missing, never empty', async () => {
    await keep('abc');
    await test.store.commit({ delete: [keys.content(id)] });
    const { path, capability } = await blobs.createDownload(data, ann);
    const answer = await send('GET', path, capability);
    expect([answer.status, codeOf(answer)]).toEqual([410, 'blob-missing']);
  });
});
