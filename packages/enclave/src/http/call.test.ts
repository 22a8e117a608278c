import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AttestedAgent, type PeerVerifier } from '@gaiwan/trust';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { testMachine } from '../testing/machine.ts';
import { AttestedIdentity, serverOptions } from '../tls/index.ts';
import { call } from './call.ts';

let identity: AttestedIdentity;
let verifier: PeerVerifier;
beforeAll(async () => {
  const machine = await testMachine();
  identity = await AttestedIdentity.create({ attester: machine.attester() });
  identity.close();
  verifier = await machine.verifier();
});

/** `path` of a server that answers so. */
async function asking(
  answer: RequestListener,
  options: { body?: string; timeout?: number; connection?: { ca: string } } = {},
) {
  const server = createServer(serverOptions(identity), answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new AttestedAgent({ host: '127.0.0.1', port, verifier });
  onTestFinished(() => {
    agent.destroy();
    server.close();
    server.closeAllConnections();
  });
  const url = new URL(`https://127.0.0.1:${port}/path`);
  return call(url, { connection: { agent }, longest: 1000, timeout: 120_000, ...options });
}

describe('a call', () => {
  it('gets, or posts a body, and has the answer with status and headers', async () => {
    const answer = async (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { method, url, headers } = request;
      response.writeHead(418, { 'x-said': 'this' });
      response.end(JSON.stringify({ method, url, length: headers['content-length'], body }));
    };
    const echo: RequestListener = (request, response) => void answer(request, response);
    const got = await asking(echo);
    expect([got.status, got.headers['x-said']]).toEqual([418, 'this']);
    expect(JSON.parse(got.body.toString())).toEqual({ method: 'GET', url: '/path', body: '' });
    const posted = await asking(echo, { body: 'größer' });
    expect(JSON.parse(posted.body.toString())).toMatchObject({ method: 'POST', length: '8', body: 'größer' });
  });

  it('takes an answer of the longest length, and none that is longer', async () => {
    const of = (length: number) => asking((_request, response) => void response.end(Buffer.alloc(length, 1)));
    expect((await of(1000)).body).toEqual(Buffer.alloc(1000, 1));
    await expect(of(1001)).rejects.toThrow('more than 1000 bytes');
  });

  it.each<[string, RequestListener]>([
    ['no answer', () => undefined],
    [
      'an answer that drips',
      (_request, response) => {
        // oxlint-disable-next-line tests/no-sleep -- the server drips
        const drip = setInterval(() => response.write('x'), 20);
        response.once('close', () => clearInterval(drip));
      },
    ],
  ])('waits no longer than that for %s', async (_what, answer) => {
    await expect(asking(answer, { timeout: 300 })).rejects.toThrow('no answer within 300 ms');
  });

  it('checks the certificate even where the environment says that nobody does', async () => {
    const answer: RequestListener = (_request, response) => void response.end('hello');
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const stranger = await AttestedIdentity.create({ attester: (await testMachine()).attester() });
      stranger.close();
      await expect(
        asking(answer, { connection: { ca: stranger.current.certificate } }),
      ).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|VERIFY/) });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });
});
