import { inspect } from 'node:util';
import { Code, ConnectError } from '@connectrpc/connect';
import { authentication, frontend, gaiwan } from '@gaiwan/protocol';
import { UntrustedPeer } from '@gaiwan/trust';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from './connect.ts';
import { GaiwanError } from './errors.ts';
import { explainCode } from './explain.ts';
import { fromRpc } from './rpc-errors.ts';
import { Secret } from './secret.ts';
import { makeMachine } from './testing/machine.ts';
import { startServer } from './testing/server.ts';

const { identity, trust } = await makeMachine();

describe('errors', () => {
  it.each(['grpc', 'connect'] as const)('carry what the platform’s detail says (%s)', async (protocol) => {
    const server = await startServer(identity, {
      routes: (router) =>
        router.service(frontend.TeaclaveFrontend, {
          invokeTask: () => {
            const detail = {
              code: 'approvals-missing',
              message: 'Wait for bob.',
              policyId: 'p1',
              subjects: ['bob', 'eve'],
            };
            throw new ConnectError('failed to invoke task', Code.Unknown, undefined, [
              { desc: gaiwan.ErrorInfoSchema, value: detail },
            ]);
          },
          cancelTask: () => {
            throw new ConnectError('permission denied', Code.PermissionDenied);
          },
        }),
    });
    onTestFinished(() => server.close());
    using client = await connect({
      authentication: server.url,
      frontend: server.url,
      trust,
      protocol,
    });
    await expect(client.tasks.invoke('task-1')).rejects.toMatchObject({
      name: 'GaiwanError',
      code: 'approvals-missing',
      message: 'Wait for bob.',
      policyId: 'p1',
      subjects: ['bob', 'eve'],
      grpc: 2,
    });
    await expect(client.tasks.cancel('task-1')).rejects.toMatchObject({
      code: 'permission-denied',
      message: 'permission denied',
      policyId: undefined,
      subjects: [],
      grpc: 7,
    });
  });

  it.each([
    ['ECONNREFUSED', 'cannot-connect'],
    ['ENOTFOUND', 'cannot-connect'],
    ['ECONNRESET', 'connection-lost'],
  ])('of the network are told apart: %s is %s', (system, code) => {
    const cause = new ConnectError(
      'x',
      Code.Unavailable,
      undefined,
      undefined,
      Object.assign(new Error(), { code: system }),
    );
    expect(fromRpc(cause, 'host:1')).toMatchObject({ code, message: expect.stringContaining('host:1') });
  });

  it('of a refused server carry the reason', () => {
    const refusal = new UntrustedPeer('policy-debug', 'It is being debugged.');
    const cause = new ConnectError('x', Code.Internal, undefined, undefined, refusal);
    expect(fromRpc(cause, 'host:1')).toMatchObject({
      code: 'untrusted-server',
      reason: 'policy-debug',
      message: expect.stringMatching(/host:1.*It is being debugged.*Nothing but a nonce was sent/),
    });
  });

  it.each([
    [Code.DeadlineExceeded, 'deadline-exceeded'],
    [Code.Unauthenticated, 'unauthenticated'],
    [Code.Unavailable, 'connection-lost'],
    [Code.Aborted, 'connection-lost'],
    [Code.Canceled, 'aborted'],
  ])('without a detail have a code all the same', (grpc, code) => {
    expect(fromRpc(new ConnectError('x', grpc), 'host:1').code).toBe(code);
  });

  it('of a stream that broke are told from answers by their headers, whatever they say', () => {
    const broken = new ConnectError('the server says no', Code.Internal);
    const answer = new ConnectError('stream closed', Code.Internal, { 'content-type': 'application/grpc' });
    expect([broken, answer].map((error) => fromRpc(error, 'host:1').code)).toEqual([
      'connection-lost',
      'internal',
    ]);
  });

  it('keep a code that this version does not know, and explain those that it knows', () => {
    const error = new GaiwanError('from-the-future', 'x');
    expect([error.code, explainCode(error.code)]).toEqual(['from-the-future', undefined]);
    expect(explainCode('toString')).toBeUndefined();
    expect(explainCode('approvals-missing')).toMatchObject({ remedy: expect.stringContaining('approve') });
    expect(explainCode('wrong-scheme')).toMatchObject({ meaning: expect.stringContaining('scheme') });
  });
});

describe('secrets', () => {
  it('are not printed by accident, and tokens are secrets', async () => {
    const server = await startServer(identity, {
      routes: (router) =>
        router.service(authentication.TeaclaveAuthenticationApi, { userLogin: () => ({ token: 'xyzzy' }) }),
    });
    onTestFinished(() => server.close());
    using client = await connect({
      authentication: server.url,
      frontend: server.url,
      trust,
    });
    await client.login('alice', new Secret('open sesame'));
    for (const shown of [
      inspect(client, { depth: 9, showHidden: true }),
      String(client.token),
      JSON.stringify(client.token),
    ]) {
      expect(shown).not.toMatch(/xyzzy|sesame/);
    }
    expect(client.token.reveal()).toBe('xyzzy');
    client.logout();
    expect(() => client.token).toThrow(expect.objectContaining({ code: 'not-logged-in' }));
  });

  it('end with the client', async () => {
    const address = 'https://127.0.0.1:1';
    const client = await connect({
      authentication: address,
      frontend: address,
      trust,
    });
    client.close();
    await expect(client.login('alice', 'x')).rejects.toMatchObject({ code: 'closed' });
  });
});
