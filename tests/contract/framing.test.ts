/** The frames of answers, as programs of Teaclave's users read them: below any library of gRPC. */
import { once } from 'node:events';
import { type ClientHttp2Session, constants } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { authentication } from '@gaiwan/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';
import { LOGIN, sessionFrom } from '../support/raw-calls.ts';

let platform: TestPlatform;
const sessions: ClientHttp2Session[] = [];
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
});
afterAll(async () => {
  for (const session of sessions) session.destroy();
  await platform.stop();
});

const login = create(authentication.UserLoginRequestSchema, {
  id: 'invalid_id',
  password: 'invalid_password',
});
const framed = (() => {
  const bytes = toBinary(authentication.UserLoginRequestSchema, login);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
})();

/** The frames that come for a call: each block of headers, whether it ends the stream, and how much data. */
async function frames(url: string, path: string, { body, type }: { body?: Buffer; type?: string } = {}) {
  const session = sessionFrom(url, platform.certificate);
  sessions.push(session);
  // No `te: trailers`, which those programs do not send either.
  const call = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': type ?? 'application/grpc',
  });
  const blocks: { headers: Record<string, unknown>; last: boolean }[] = [];
  let data = 0;
  const note = (headers: Record<string, unknown>, flags: number) =>
    blocks.push({ headers, last: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0 });
  call.on('response', note);
  call.on('trailers', note);
  call.on('data', () => data++);
  call.on('error', () => undefined);
  if (body) call.end(body);
  await once(call, 'close');
  return { blocks, data };
}

describe.each(['authentication', 'frontend'] as const)('the port of the %s', (port) => {
  it.each(['/no.such.Service/Method', `${LOGIN}s`, '/'])(
    'has no method %s: code 12 in the first frame',
    async (path) => {
      for (const body of [framed, undefined]) {
        const { blocks, data } = await frames(platform[port], path, body && { body });
        expect(blocks).toHaveLength(1);
        expect(blocks[0]).toMatchObject({
          last: true,
          headers: {
            ':status': 200,
            'content-type': 'application/grpc',
            'grpc-status': '12',
            'grpc-message': '',
          },
        });
        expect(data).toBe(0);
      }
    },
  );
});

it('a refused login is one frame of headers, which ends the stream', async () => {
  const { blocks, data } = await frames(platform.authentication, LOGIN, { body: framed });
  expect(data).toBe(0);
  expect(blocks).toHaveLength(1);
  const [{ headers, last } = { headers: {}, last: false }] = blocks;
  expect(last).toBe(true);
  expect(headers).toMatchObject({
    ':status': 200,
    'grpc-status': '16',
    'content-type': 'application/grpc+proto',
  });
  expect(decodeURIComponent(String(headers['grpc-message']))).toBe('authentication failed');
});

it('so is a call that is refused before its body was read, and nothing is waited for', async () => {
  const path = '/teaclave_frontend_service_proto.TeaclaveFrontend/GetTask';
  const { blocks, data } = await frames(platform.frontend, path);
  expect(blocks).toHaveLength(1);
  expect(blocks[0]).toMatchObject({ last: true, headers: { 'grpc-status': '16' } });
  expect(data).toBe(0);
});
