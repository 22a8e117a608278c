import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { type FileKey, schemes } from '@gaiwan/files';
import { frontend, gaiwan } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../connect.ts';
import type { Gaiwan } from '../gaiwan.ts';
import { makeMachine } from '../testing/machine.ts';
import { startServer, type TestServer } from '../testing/server.ts';

const { identity, trust } = await makeMachine();

/** More than any file here, encrypted. */
const room = Buffer.alloc(6_000_000);

/** One blob. `cut`: after how many bytes of it connections break, each number once. */
const blob = {
  bytes: Buffer.alloc(0),
  size: 0,
  name: '',
  tag: new Uint8Array(),
  schema: '',
  uploadCuts: [] as number[],
  downloadCuts: [] as number[],
  puts: [] as number[],
  gets: [] as string[],
  /** Codes of refusals before an answer. */
  full: [] as string[],
  capability: 0,
  refuse: undefined as { status: number; body: string } | undefined,
};

let server: TestServer;
let client: Gaiwan;
let folder: string;

beforeEach(async () => {
  Object.assign(blob, {
    bytes: Buffer.alloc(0),
    size: 0,
    uploadCuts: [],
    downloadCuts: [],
    puts: [],
    gets: [],
    full: [],
    refuse: undefined,
  });
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-client-test-'));
  const grant = () => ({ path: '/blobs/1', capability: `c${++blob.capability}` });
  server = await startServer(identity, {
    routes(router) {
      router.service(frontend.TeaclaveFrontend, {
        registerInputFile({ cmac, cryptoInfo }) {
          Object.assign(blob, { tag: cmac, schema: cryptoInfo?.schema });
          return { dataId: 'input-1' };
        },
      });
      router.service(gaiwan.DataService, {
        createUpload({ name, size }) {
          Object.assign(blob, { name, size: Number(size) });
          return { url: 'gaiwan://1', ...grant() };
        },
        resumeUpload() {
          if (blob.size === 0) throw forgotten();
          return {
            ...grant(),
            received: BigInt(blob.bytes.length),
            complete: blob.bytes.length === blob.size,
          };
        },
        createDownload: () => ({
          ...grant(),
          size: BigInt(blob.bytes.length),
          cmac: blob.tag,
          name: blob.name,
          schema: blob.schema,
        }),
      });
    },
    raw: (request, response) =>
      void (request.method === 'PUT' ? put(request, response) : get(request, response)),
  });
  client = await connect({
    authentication: server.url,
    frontend: server.url,
    trust,
  });
});
afterEach(async () => {
  client.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

async function put(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  const { authorization, 'gaiwan-offset': offset } = request.headers;
  blob.puts.push(Number(offset));
  if (blob.refuse)
    return void response.writeHead(blob.refuse.status, { connection: 'close' }).end(blob.refuse.body);
  if (authorization !== `Bearer c${blob.capability}`) return void response.writeHead(403).end();
  if (Number(offset) !== blob.bytes.length) return void response.writeHead(409).end();
  const cut = blob.uploadCuts.shift();
  for await (const chunk of request as AsyncIterable<Buffer>) {
    const end = blob.bytes.length + chunk.copy(room, blob.bytes.length);
    blob.bytes = room.subarray(0, end);
    if (cut !== undefined && blob.bytes.length >= cut) return void request.socket.destroy();
  }
  response.writeHead(200).end();
}

function get(request: Http2ServerRequest, response: Http2ServerResponse): void {
  const range = request.headers.range;
  blob.gets.push(range ?? '');
  const full = blob.full.shift();
  if (full !== undefined) {
    const body = JSON.stringify({ code: full, message: 'Wait for some to end.' });
    return void response.writeHead(429, { 'retry-after': '1' }).end(body);
  }
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const cut = blob.downloadCuts.shift();
  response.writeHead(range ? 206 : 200, { 'content-length': blob.bytes.length - start });
  if (cut === undefined) return void response.end(blob.bytes.subarray(start));
  response.write(blob.bytes.subarray(start, cut), () => request.socket.destroy());
}

const forgotten = () =>
  new ConnectError('invalid data id', Code.InvalidArgument, undefined, [
    { desc: gaiwan.ErrorInfoSchema, value: { code: 'unknown-blob' } },
  ]);

const freshKey = (scheme: FileKey['scheme']): FileKey => ({
  scheme,
  key: randomBytes(scheme === 'aes-gcm-256' ? 32 : 16),
  ...(scheme === 'teaclave-file-128' ? {} : { iv: randomBytes(12) }),
});

async function handIn(key: FileKey, plain = randomBytes(5_000_000)): Promise<Buffer> {
  const path = join(folder, 'plain');
  writeFileSync(path, plain);
  const { dataId, tag } = await client.data.encryptAndUpload({ path, name: 'list.enc', key });
  expect(dataId).toBe('input-1');
  expect(Buffer.from(tag)).toEqual(Buffer.from(blob.tag));
  return plain;
}

describe('a file', () => {
  it.each(schemes)('goes up encrypted and comes back, over connections that break (%s)', async (scheme) => {
    blob.uploadCuts = [1_000_000, 2_500_000];
    blob.downloadCuts = [700_000, 3_000_000];
    const key = freshKey(scheme);
    const plain = await handIn(key);
    expect(blob.name).toBe('list.enc');
    expect(blob.bytes.includes(plain.subarray(0, 64))).toBe(false);
    expect(blob.puts.length).toBe(3);
    expect(blob.puts[1]).toBeGreaterThanOrEqual(1_000_000);
    expect(blob.puts[2]).toBeGreaterThanOrEqual(2_500_000);

    const out = join(folder, 'out');
    const seen: number[] = [];
    const got = await client.data.download('input-1', out, key, { onProgress: (done) => seen.push(done) });
    expect(readFileSync(out).equals(plain)).toBe(true);
    expect(Buffer.from(got.tag)).toEqual(Buffer.from(blob.tag));
    expect(blob.gets.length).toBe(3);
    expect(seen.at(-1)).toBe(blob.bytes.length);
  });

  it.each([
    ['changed on its way', () => blob.bytes.writeUInt8(255 - blob.bytes.readUInt8(4_000_000), 4_000_000)],
    ['swapped for another', () => (blob.tag = randomBytes(16))],
    ['cut short', () => (blob.bytes = blob.bytes.subarray(0, 4_000_000))],
  ])('that was %s is not released, and nothing stays', async (_what, tamper) => {
    for (const scheme of schemes) {
      Object.assign(blob, { bytes: Buffer.alloc(0) });
      const key = freshKey(scheme);
      await handIn(key);
      tamper();
      await expect(client.data.download('input-1', join(folder, 'out'), key)).rejects.toMatchObject({
        name: 'FilesError',
      });
      expect(readdirSync(folder)).toEqual(['plain']);
    }
  });

  it('is asked for again where too much is under way, and not where that does not pass', async () => {
    const key: FileKey = { scheme: 'aes-gcm-256', key: randomBytes(32), iv: randomBytes(12) };
    const [path, back] = [join(folder, 'plain'), join(folder, 'back')];
    writeFileSync(path, 'some text');
    await client.data.encryptAndUpload({ path, name: 'x', key });
    blob.full = ['too-many-calls', 'too-much-in-flight'];
    await client.data.download('input-1', back, key);
    expect([readFileSync(back, 'utf8'), blob.gets.length]).toEqual(['some text', 3]);
    blob.full = ['bad-capability'];
    const refused = client.data.download('input-1', join(folder, 'other'), key);
    await expect(refused).rejects.toMatchObject({ code: 'bad-capability' });
  });

  it('must have the tag that the caller expects', async () => {
    const key = freshKey('aes-gcm-128');
    await handIn(key);
    const wrong = client.data.download('input-1', join(folder, 'out'), key, { tag: new Uint8Array(16) });
    await expect(wrong).rejects.toMatchObject({ code: 'tag-mismatch' });
  });

  it('needs a key of its scheme, and content', async () => {
    await handIn(freshKey('aes-gcm-128'));
    const out = join(folder, 'out');
    const otherKey = freshKey('teaclave-file-128');
    await expect(client.data.download('input-1', out, otherKey)).rejects.toMatchObject({
      code: 'wrong-scheme',
    });
    blob.tag = new Uint8Array();
    await expect(client.data.download('input-1', out, otherKey)).rejects.toMatchObject({
      code: 'nothing-written',
    });
  });
});

async function* stream() {
  for (const part of ['a', 'b', 'c']) yield Buffer.alloc(100_000, part);
}

describe('an upload', () => {
  it('takes streams, and goes on where the platform says', async () => {
    blob.uploadCuts = [10];
    await expect(client.data.upload(stream(), { name: 'x' })).resolves.toEqual({ url: 'gaiwan://1' });
    expect(blob.bytes.toString()).toBe(['a', 'b', 'c'].map((part) => part.repeat(100_000)).join(''));
  });

  it('is refused with the platform’s words, although it did not take everything', async () => {
    blob.refuse = { status: 507, body: '{"code":"disk-full","message":"No room."}' };
    const source = {
      size: 50_000_000,
      open: async function* () {
        for (let i = 0; i < 50; i++) yield Buffer.alloc(1_000_000);
      },
    };
    await expect(client.data.upload(source, { name: 'x' })).rejects.toMatchObject({
      code: 'disk-full',
      message: 'No room.',
    });
    expect(blob.puts.length).toBe(1);
  });

  it('is taken up by whoever knows its URL, where it was', async () => {
    const urls: string[] = [];
    const options = { name: 'x', onUrl: (url: string) => urls.push(url) };
    Object.assign(blob, { size: 300_000, bytes: Buffer.from('a'.repeat(50_000)) });
    await client.data.upload(stream(), { ...options, resume: 'gaiwan://1' });
    expect(blob.puts).toEqual([50_000]);
    await client.data.upload(stream(), { ...options, resume: 'gaiwan://1' });
    expect([blob.puts.length, urls]).toEqual([1, ['gaiwan://1']]);
  });

  it('that the platform has forgotten begins anew', async () => {
    const urls: string[] = [];
    const onUrl = (url: string) => urls.push(url);
    await client.data.upload(stream(), { name: 'x', onUrl, resume: 'gaiwan://0' });
    expect([blob.puts, urls]).toEqual([[0], ['gaiwan://1']]);
  });

  it('of which more has arrived than there is, as the platform says, is given up', async () => {
    Object.assign(blob, { size: 9, bytes: Buffer.alloc(400_000) });
    await expect(client.data.upload(stream(), { name: 'x', resume: 'gaiwan://1' })).rejects.toMatchObject({
      code: 'upload-failed',
    });
    expect(blob.puts).toEqual([]);
  });

  it('sends nothing where the caller does not like what it would send', async () => {
    writeFileSync(join(folder, 'plain'), 'x');
    const onEncrypted = () => {
      throw new Error('not that');
    };
    const key = freshKey('aes-gcm-256');
    await expect(
      client.data.encryptAndUpload({ path: join(folder, 'plain'), name: 'x', key, onEncrypted }),
    ).rejects.toThrow('not that');
    expect([blob.size, blob.puts]).toEqual([0, []]);
  });

  it('of a file that is not there says so', async () => {
    const missing = client.data.upload(join(folder, 'missing'), { name: 'x' });
    await expect(missing).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('missing') });
  });
});
