/** Calls over HTTP/2, without TLS, with small bounds: what they may hold and how long they may take. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Code } from '@connectrpc/connect';
import { gaiwan, storage } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { afterEach, describe, expect, it } from 'vitest';
import { refuse } from '../errors.ts';
import { open, query } from '../pipeline/method.ts';
import { Pipeline, type PipelineOptions } from '../pipeline/pipeline.ts';
import { serve, serveOpen } from '../pipeline/public-service.ts';
import { wholePlatform } from '../pipeline/spec.ts';
import { NotedAudit } from '../testing/audit.ts';
import { withoutKeys } from '../testing/signatures.ts';
import { subjectOf } from '../testing/subjects.ts';
import { Budget } from './budget.ts';
import { type CallsOptions, callsListener } from './calls.ts';
import { ConnectionLife } from './connection-life.ts';
import { Strangers, strangersRates } from './strangers.ts';

const parts: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of parts.splice(0).reverse()) await part.close();
});

const GET = `/${storage.TeaclaveStorage.typeName}/Get`;
const GET_STATE = `/${gaiwan.StateService.typeName}/GetState`;
const ANN = { id: 'ann', token: 'good' };

async function port(options: Partial<CallsOptions> = {}, value = new Uint8Array()) {
  const audit = new NotedAudit();
  const ran = { count: 0 };
  const authenticate: PipelineOptions['authenticator']['authenticate'] = async (id, token, address) => {
    // As a look into the store takes.
    await nextTurn();
    if (token !== 'good') throw refuse('credentials-refused', 'no');
    return { id, subject: subjectOf(id), role: { name: 'DataOwner', attribute: '' }, address };
  };
  const pipeline = new Pipeline({
    authenticator: { authenticate },
    access: { require: () => undefined, permits: () => true },
    accounts: { hold: () => expect.fail('no stream is called') },
    conventions: { gate: true, codes: {} },
    audit,
    clock: { now: () => 0 },
    events: { publish: () => undefined },
    signatures: withoutKeys,
    // Its methods read nothing.
    store: {} as Store,
  });
  const ofAction = <A extends string>(action: A) =>
    query({ action, resource: wholePlatform, run: async () => ({}) });
  const get = query<'Get', storage.GetRequest, undefined, { value: Uint8Array }>({
    action: 'Get',
    resource: wholePlatform,
    run: async () => {
      ran.count++;
      return { value };
    },
  });
  const stored = serve(
    storage.TeaclaveStorage,
    {
      get,
      put: ofAction('Put'),
      delete: ofAction('Delete'),
      enqueue: ofAction('Enqueue'),
      dequeue: ofAction('Dequeue'),
      getKeysByPrefix: ofAction('GetKeysByPrefix'),
    },
    pipeline,
  );
  const state = serveOpen(gaiwan.StateService, {
    getState: open({ because: 'a test asks', run: async () => ({}) }),
  });
  const reported: unknown[] = [];
  const listener = callsListener({
    services: [stored, state],
    attested: false,
    context: () => undefined,
    lifeOf: () => undefined,
    fallback: () => expect.fail('only methods are called'),
    closing: new AbortController().signal,
    report: (error) => void reported.push(error),
    ...options,
  });
  const server: Http2Server = createServer(listener);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  parts.push({
    close: () => {
      for (const session of sessions) session.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  const begin = (settings = {}): ClientHttp2Session => {
    // A server that listens on a port has one.
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { settings });
    session.on('error', () => undefined);
    parts.push({ close: () => session.destroy() });
    return session;
  };
  return { begin, audited: audit.lines, reported, ran };
}

function call(
  session: ClientHttp2Session,
  path: string,
  headers: Readonly<Record<string, string>> = ANN,
): ClientHttp2Stream {
  const type = { 'content-type': 'application/grpc', te: 'trailers' };
  const made = session.request({ ':method': 'POST', ':path': path, ...type, ...headers });
  made.on('error', () => undefined);
  return made;
}

const message = (announced: number, sent: number) => {
  const bytes = Buffer.alloc(5 + sent);
  bytes.writeUInt32BE(announced, 1);
  return bytes;
};

async function ended(made: ClientHttp2Stream) {
  let found: Readonly<Record<string, unknown>> = {};
  for (const event of ['response', 'trailers'])
    made.on(event, (headers: object) => {
      found = { ...found, ...headers };
    });
  made.resume();
  if (!made.closed) await new Promise((resolve) => made.once('close', resolve));
  const { 'grpc-status-details-bin': sent } = found;
  const details = typeof sent === 'string' ? sent : '';
  return {
    status: Number(found['grpc-status'] ?? Number.NaN),
    details: Buffer.from(details, 'base64').toString('latin1'),
    reset: made.rstCode,
  };
}

const told = (status: Code, code: string) => ({ status, details: expect.stringContaining(code) });
const budgets = (users: { calls: number; bytes: number }) => {
  const ample = { calls: 100, bytes: 1e6 };
  const budget = new Budget(users, ample);
  return { users: budget, peers: new Budget(ample, ample), strangers: new Budget(users, ample) };
};

describe('what calls may hold', () => {
  it('is bounded in bytes for one user, as they arrive; another has its own, and it again what has ended', async () => {
    const { begin, audited } = await port({ budgets: budgets({ calls: 9, bytes: 1000 }) });
    const session = begin();
    const first = call(session, GET);
    first.write(message(900, 600));
    const second = call(session, GET);
    second.write(message(900, 600));
    // Whichever came later.
    const one = await Promise.race([ended(first), ended(second)]);
    expect(one).toMatchObject(told(Code.ResourceExhausted, 'too-much-in-flight'));
    const other = call(session, GET, { ...ANN, id: 'ben' });
    other.end(message(0, 0));
    expect(await ended(other)).toMatchObject({ status: 0 });
    for (const half of [first, second]) half.close();
    await expect
      .poll(async () => {
        const again = call(session, GET);
        again.end(message(900, 900));
        return (await ended(again)).details;
      })
      .not.toContain('too-much-in-flight');
    expect(audited.length).toBeGreaterThan(0);
  });

  it.each([
    ['a user', GET, ANN],
    ['an address without a login', GET_STATE, {}],
  ])('is a number of calls for %s, counted before their bodies', async (_who, path, headers) => {
    const { begin, audited } = await port({ budgets: budgets({ calls: 2, bytes: 1000 }) });
    const session = begin();
    const waiting = [call(session, path, headers), call(session, path, headers)];
    expect(await ended(call(session, path, headers))).toMatchObject(
      told(Code.ResourceExhausted, 'too-many-calls'),
    );
    expect(audited).toHaveLength(path === GET ? 1 : 0);
    for (const [index, one] of waiting.entries()) {
      one.end(message(0, 0));
      expect(await ended(one), `${index}`).toMatchObject({ status: 0 });
    }
  });

  it('is nothing any more when connections are gone, whatever their calls had come to', async () => {
    const held = budgets({ calls: 100, bytes: 100_000 });
    const { begin } = await port({ budgets: held });
    const sessions = [begin(), begin()];
    for (const session of sessions)
      for (let n = 0; n < 20; n++) {
        call(session, GET_STATE, {}).write(message(900, 600));
        call(session, GET).write(message(900, 600));
        call(session, GET_STATE, {}).close();
        call(session, GET_STATE, {}).end(message(0, 0));
      }
    const callers = () => held.users.callers + held.strangers.callers;
    await expect.poll(callers).toBe(2);
    for (const session of sessions) session.destroy();
    await expect.poll(callers).toBe(0);
    // All of it, calls and bytes.
    for (const budget of [held.users, held.strangers]) {
      const places = Array.from({ length: 100 }, () => budget.enter('one'));
      places[0]?.hold(100_000);
    }
  });

  it('counts answers, too: one that is too large for what is left is cut off', async () => {
    const value = new Uint8Array(100_000);
    const { begin } = await port({ budgets: budgets({ calls: 9, bytes: 150_000 }) }, value);
    // The first is not taken, and holds what it has.
    const slow = begin({ initialWindowSize: 0 });
    const held = call(slow, GET);
    held.end(message(0, 0));
    await once(held, 'response');
    const next = call(begin(), GET);
    next.end(message(0, 0));
    expect(await ended(next)).toMatchObject({ reset: constants.NGHTTP2_ENHANCE_YOUR_CALM });
    held.close();
    await expect
      .poll(async () => {
        const again = call(begin(), GET);
        again.end(message(0, 0));
        return (await ended(again)).status;
      })
      .toBe(0);
  });
});

describe('calls of strangers', () => {
  /** A port that takes so many of one address, whose connections are looked at. */
  async function strangersPort(burst: number, ...[given]: CallsOptions['fallback'][]) {
    const rate = { burst, perSecond: 1 };
    const rates = { each: rate, least: rate };
    const lives = new WeakMap<object, ConnectionLife>();
    const lifeOf: CallsOptions['lifeOf'] = (request) => {
      const session = 'stream' in request ? request.stream.session : undefined;
      if (!session) return undefined;
      const life = lives.get(session) ?? new ConnectionLife({ end: () => session.destroy() });
      lives.set(session, life);
      return life;
    };
    // Time stands still: nothing is given again.
    const fallback: CallsOptions['fallback'] = (_, response) => {
      response.statusCode = 204;
      response.end();
    };
    return port({ lifeOf, fallback: given ?? fallback, strangers: new Strangers(rates, () => 0) });
  }
  const closed = (session: ClientHttp2Session) =>
    session.closed ? Promise.resolve() : once(session, 'close').then(() => undefined);

  it.each([
    ['without a login', GET_STATE, {}],
    ['with a login that is refused', GET, { ...ANN, token: 'none' }],
  ])(
    '%s: beyond so many, their connections are closed, and whoever has logged in goes on',
    async (_what, path, headers) => {
      const { begin } = await strangersPort(5);
      const known = begin();
      const answer = async (
        session: ClientHttp2Session,
        of: string,
        by?: Readonly<Record<string, string>>,
      ) => {
        const made = call(session, of, by);
        made.end(message(0, 0));
        return ended(made);
      };
      expect(await answer(known, GET)).toMatchObject({ status: 0 });
      const stranger = begin();
      for (let n = 0; n < 5; n++)
        expect((await answer(stranger, path, headers)).status).toBe(path === GET ? Code.Unauthenticated : 0);
      void answer(stranger, path, headers);
      await closed(stranger);
      // Also a new one, whatever it asks for.
      const another = begin();
      void answer(another, GET);
      await closed(another);
      expect(await answer(known, GET)).toMatchObject({ status: 0 });
      expect((await answer(known, path, headers)).status).toBe(path === GET ? Code.Unauthenticated : 0);
    },
  );

  it('are no concern of what is no call: files, and whether it is healthy', async () => {
    const { begin } = await strangersPort(1);
    const [session, other] = [begin(), begin()];
    for (const path of [GET_STATE, GET_STATE]) {
      const made = call(session, path, {});
      made.end(message(0, 0));
      made.on('error', () => undefined);
    }
    await closed(session);
    const file = other.request({ ':path': '/health' });
    const [headers] = (await once(file, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(204);
  });

  it('may be as many as the connections that an address may have', () => {
    const { burst, perSecond } = strangersRates(256).each;
    expect(strangersRates(512).each).toEqual({ burst: 2 * burst, perSecond: 2 * perSecond });
  });

  it('wait for their turn, and are all answered where somebody turns out to have logged in', async () => {
    const { begin } = await strangersPort(5);
    const session = begin();
    const calls = Array.from({ length: 200 }, () => {
      const made = call(session, GET);
      made.end(message(0, 0));
      return ended(made);
    });
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ status: 0 });
  });

  it('that were given up before their turn do not run', async () => {
    const { begin, ran, reported } = await strangersPort(5000);
    const session = begin();
    await once(session, 'connect');
    // Of an ended body nothing is left, which is a message of this protocol's.
    const headers = { ...ANN, 'content-type': 'application/proto', 'connect-protocol-version': '1' };
    const made = Array.from({ length: 100 }, () => call(session, GET, headers));
    for (const one of made) one.close();
    const last = call(begin(), GET);
    last.end(message(0, 0));
    expect(await ended(last)).toMatchObject({ status: 0 });
    // The first may have begun before it was given up.
    expect(ran.count).toBeLessThan(10);
    expect(reported).toEqual([]);
  });

  it('that wait are not more than so many: then their connection is closed', async () => {
    const { begin } = await strangersPort(100_000);
    const session = begin();
    await once(session, 'connect');
    for (let n = 0; n < 5000 && !session.destroyed; n++) call(session, GET_STATE, {});
    await closed(session);
  });

  it('for files without a capability and for what there is not count, too', async () => {
    const missing: CallsOptions['fallback'] = (_, response) => {
      response.statusCode = 404;
      response.end();
    };
    const { begin } = await strangersPort(5, missing);
    const session = begin();
    for (let n = 0; n < 6; n++) {
      const made = session.request({ ':path': '/none' });
      made.on('error', () => undefined);
      await once(made.resume(), 'close');
    }
    await closed(session);
  });

  it('for what is not there do not count where they have a capability', async () => {
    const { begin } = await strangersPort(5, (_, response, know) => {
      know();
      response.statusCode = 404;
      response.end();
    });
    const session = begin();
    for (let n = 0; n < 20; n++) {
      const made = session.request({ ':path': '/gone' });
      const [headers] = (await once(made.resume(), 'response')) as [Record<string, unknown>];
      expect(headers[':status']).toBe(404);
    }
    // A stranger from there still may ask as much as before.
    for (let n = 0; n < 5; n++) {
      const made = call(session, GET_STATE, {});
      made.end(message(0, 0));
      expect(await ended(made)).toMatchObject({ status: 0 });
    }
    const stranger = begin();
    const missing = stranger.request({ ':path': '/gone' });
    const [headers] = (await once(missing.resume(), 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(404);
  });

  it('count when they are given up at once', async () => {
    const { begin } = await strangersPort(5);
    const session = begin();
    await once(session, 'connect');
    for (let n = 0; n < 50; n++) call(session, GET, {}).close();
    await closed(session);
  });
});

describe('calls of users that wait for their turn', () => {
  it('are a number: who comes then is told when to come again, and the others are answered', async () => {
    const { begin } = await port({ waiting: 20 });
    const session = begin();
    await once(session, 'connect');
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => {
        const made = call(session, GET);
        made.end(message(0, 0));
        return ended(made);
      }),
    );
    const refused = answers.filter(({ status }) => status !== 0);
    for (const one of refused) expect(one).toMatchObject(told(Code.ResourceExhausted, 'too-many-calls'));
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(20);
    const again = call(session, GET);
    again.end(message(0, 0));
    expect(await ended(again)).toMatchObject({ status: 0 });
  });
});

describe('how long calls may take', () => {
  it('ends for a message that does not come', async () => {
    const { begin } = await port({ graces: { toArrive: 30 } });
    const half = call(begin(), GET);
    half.write(message(900, 600));
    expect(await ended(half)).toMatchObject(told(Code.Unavailable, 'message-too-slow'));
  });

  it.each([
    ['an answer', GET, ANN],
    ['a refusal', GET, { ...ANN, token: 'none' }],
  ])('ends for %s that nobody takes', async (_what, path, headers) => {
    const { begin } = await port({ graces: { toBeTaken: 30 } }, new Uint8Array(1000));
    const session = begin({ initialWindowSize: 0 });
    const made = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/json',
      ...headers,
    });
    made.on('error', () => undefined);
    made.end('{}');
    expect(await ended(made)).toMatchObject({ reset: constants.NGHTTP2_ENHANCE_YOUR_CALM });
  });
});

it('what has no host, or one that is none, is answered', async () => {
  const { begin, reported } = await port();
  const session = begin();
  for (const authority of ['[', 'a:99999', 'a:b', '%']) {
    const made = session.request({ ':method': 'POST', ':path': GET, ':authority': authority });
    made.on('error', () => undefined);
    const [headers] = (await once(made, 'response')) as [Record<string, unknown>];
    expect(headers[':status'], authority).toBe(400);
  }
  expect(reported).toEqual([]);
});
