/** Messages that never come whole, and what they hold: nothing without a login, little with one. */
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Gaiwan } from '@gaiwan/client';
import { frontend } from '@gaiwan/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';
import {
  answerTo,
  beginCall,
  halfMessage,
  LOGIN,
  REGISTER_INPUT,
  sessionFrom,
} from '../support/raw-calls.ts';

const MIB = 1 << 20;
const GET_TASKS = `/${frontend.TeaclaveFrontend.typeName}/GetTask`;
const OPEN = [
  LOGIN,
  '/gaiwan.v1.AttestationService/GetEvidence',
  '/gaiwan.v1.AttestationService/GetConnectionEvidence',
  '/gaiwan.v1.StateService/GetState',
];

let platform: TestPlatform;
let bank: Gaiwan;
let headers: { id: string; token: string };
const sessions: ClientHttp2Session[] = [];
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
  bank = await platform.user('bank');
  headers = { id: 'bank', token: bank.token.reveal() };
});
afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy();
});
afterAll(() => platform.stop());

const session = (url: string, address?: string) => {
  const made = sessionFrom(url, platform.certificate, address);
  sessions.push(made);
  return made;
};

describe('A6: without a login', () => {
  it('little is on its way before it is read, until somebody logs in', async () => {
    const connection = session(platform.frontend);
    const window = () => connection.remoteSettings.initialWindowSize;
    await answerTo(beginCall(connection, REGISTER_INPUT));
    expect(window()).toBe(65_535);
    const call = beginCall(connection, GET_TASKS, headers);
    call.end(halfMessage(0));
    await answerTo(call);
    await expect.poll(window).toBe(4 * MIB);
  });

  it('every method of the frontend is refused on its headers: nothing of its body is waited for', async () => {
    const strangers = session(platform.frontend);
    const path = ({ name }: { name: string }) => `/${frontend.TeaclaveFrontend.typeName}/${name}`;
    const tries = frontend.TeaclaveFrontend.methods.flatMap((method) => [
      beginCall(strangers, path(method)),
      beginCall(strangers, path(method), { id: 'bank', token: 'none' }),
    ]);
    for (const answer of await Promise.all(tries.map(answerTo)))
      expect(answer).toMatchObject({
        status: 16,
        message: expect.stringMatching(/^(?:incorrent credential|no (?:user id|token).*|missing.*)$/i),
        code: expect.stringMatching(/^(?:missing-user-id|credentials-refused)$/),
      });
  });

  it.each(OPEN)('%s takes 8 KiB, and is refused when it announces more', async (path) => {
    const call = beginCall(session(platform.authentication), path);
    call.write(halfMessage((8 << 10) + 1));
    expect(await answerTo(call)).toMatchObject({ status: 8, code: 'message-too-large' });
  });

  it('so many calls of one address may wait for their messages; others are served, and it again when they end', async () => {
    const strangers = session(platform.authentication, '127.0.0.6');
    const waiting = Array.from({ length: 64 }, () => {
      const call = beginCall(strangers, LOGIN);
      call.write(halfMessage(8 << 10, 4 << 10));
      return call;
    });
    // Those before it have arrived when it is answered.
    const more = await answerTo(beginCall(strangers, LOGIN));
    expect(more).toMatchObject({ status: 8, code: 'too-many-calls', retryAfterMs: 1000, retryAfter: '1' });
    const another = beginCall(session(platform.authentication, '127.0.0.7'), LOGIN);
    another.end(halfMessage(0));
    expect(await answerTo(another)).toMatchObject({ status: 16, code: 'authentication-failed' });
    for (const call of waiting) call.close();
    await expect
      .poll(async () => {
        const call = beginCall(strangers, LOGIN);
        call.end(halfMessage(0));
        return (await answerTo(call)).code;
      })
      .toBe('authentication-failed');
  });

  it('a host that is none is answered, and the platform goes on', async () => {
    const { port } = new URL(platform.authentication);
    const socket: TLSSocket = connectTls({
      port: Number(port),
      host: '127.0.0.1',
      ca: platform.certificate,
      servername: 'localhost',
    });
    await once(socket, 'secureConnect');
    socket.write(
      `POST ${LOGIN} HTTP/1.1\r\nhost: [\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
    expect(await bank.tasks.list()).toMatchObject({ items: [] });
  });
});

describe('A6: with a login', () => {
  it('most methods take 1 MiB; those that bring code or a file more', async () => {
    const users = session(platform.frontend);
    const path = (name: string) => `/${frontend.TeaclaveFrontend.typeName}/${name}`;
    const over = beginCall(users, path('GetTask'), headers);
    over.write(halfMessage(MIB + 1));
    expect(await answerTo(over)).toMatchObject({ status: 8, code: 'message-too-large' });
    const file = beginCall(users, REGISTER_INPUT, headers);
    file.write(halfMessage(32 * MIB + 1));
    expect(await answerTo(file)).toMatchObject({ status: 8, code: 'message-too-large' });
  });
});
