import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TaskFault } from './task-fault.ts';
import { fetchUrl, guardedLookup, putUrl } from './web.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never = new AbortController().signal;

async function get(url: string, allowed: readonly string[]): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await fetchUrl(url, allowed, never)) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('fetching', () => {
  it('takes a file of an allowed origin, also a local one that the operator named', async () => {
    const origin = await serve((request, response) => response.end(`file ${request.url}`));
    expect(await get(`${origin}/a`, [origin])).toBe('file /a');
  });

  it.each([
    ['another origin', (origin: string) => `${origin.replace('127.0.0.1', 'localhost')}/a`],
    ['another scheme', (origin: string) => origin.replace('http:', 'https:')],
    ['credentials', (origin: string) => origin.replace('//', '//user:pass@')],
  ])('refuses %s before anything is sent', async (_what, url) => {
    const asked = vi.fn();
    const origin = await serve((_request, response) => {
      asked();
      response.end();
    });
    await expect(get(url(origin), [origin])).rejects.toThrow(TaskFault);
    expect(asked).not.toHaveBeenCalled();
  });

  it('follows redirects among allowed origins, and nowhere else', async () => {
    const inner = vi.fn();
    const metadata = await serve((_request, response) => {
      inner();
      response.end('secret');
    });
    const target = await serve((_request, response) => response.end('moved here'));
    const origin = await serve((request, response) => {
      const where = request.url === '/good' ? `${target}/x` : `${metadata}/latest`;
      response.writeHead(302, { location: where }).end();
    });
    expect(await get(`${origin}/good`, [origin, target])).toBe('moved here');
    await expect(get(`${origin}/bad`, [origin, target])).rejects.toThrow('has not allowed');
    expect(inner).not.toHaveBeenCalled();
  });

  it('gives up on circles, on refusals and on redirects that lead nowhere', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/circle') response.writeHead(302, { location: '/circle' }).end();
      else if (request.url === '/nowhere') response.writeHead(302).end();
      else if (request.url === '/nonsense') response.writeHead(302, { location: 'http://[' }).end();
      else response.writeHead(404).end();
    });
    await expect(get(`${origin}/circle`, [origin])).rejects.toThrow('redirects more than');
    await expect(get(`${origin}/nowhere`, [origin])).rejects.toThrow('answered 302');
    await expect(get(`${origin}/nonsense`, [origin])).rejects.toThrow('redirects to no URL');
    await expect(get(`${origin}/none`, [origin])).rejects.toThrow('answered 404');
  });

  it('fails on a body that breaks off', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await expect(get(`${origin}/`, [origin])).rejects.toThrow();
  });

  it('ends with its signal', async () => {
    const origin = await serve(() => undefined);
    const abort = new AbortController();
    const fetching = fetchUrl(`${origin}/`, [origin], abort.signal);
    abort.abort();
    await expect(fetching).rejects.toThrow();
  });
});

describe('a name', () => {
  const inner = { address: '10.0.0.1', family: 4 };
  const outer = { address: '1.1.1.1', family: 4 };
  const look = (name: string, addresses: LookupAddress[], all: boolean) =>
    new Promise((resolve) => {
      guardedLookup((_name, _options, done) => done(null, addresses))(name, { all }, (error, address) =>
        resolve(error ?? address),
      );
    });

  it.each([
    ['to a private address', [inner]],
    ['to a good and a private one', [outer, inner]],
    ['to the metadata service', [{ address: '169.254.169.254', family: 4 }]],
  ])('that is public and leads %s is not followed', async (_what, addresses) => {
    for (const all of [true, false])
      expect(await look('files.bank.example', addresses, all)).toBeInstanceOf(TaskFault);
  });

  it('that is public leads to the very addresses that were checked', async () => {
    expect(await look('files.bank.example', [outer], true)).toEqual([outer]);
    expect(await look('files.bank.example', [outer], false)).toBe('1.1.1.1');
  });

  it('that is local may lead inside', async () => {
    expect(await look('files.internal', [inner], false)).toBe('10.0.0.1');
  });
});

describe('putting', () => {
  const body = async function* () {
    yield Buffer.from('ab');
    yield Buffer.from('c');
  };

  it('sends all of it, and takes 200 for done', async () => {
    let got = '';
    const origin = await serve((request, response) => {
      request.on('data', (part) => {
        got += String(part);
      });
      request.on('end', () => response.end());
    });
    await putUrl(`${origin}/out`, [origin], { size: 3, body: body(), signal: never });
    expect(got).toBe('abc');
  });

  it.each([201, 204, 302, 403, 500])('takes %d for a failure', async (status) => {
    const origin = await serve((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end());
    });
    await expect(putUrl(`${origin}/out`, [origin], { size: 3, body: body(), signal: never })).rejects.toThrow(
      `answered ${status}`,
    );
  });

  it('goes only where the operator allowed', async () => {
    await expect(putUrl('http://127.0.0.1:1/', [], { size: 3, body: body(), signal: never })).rejects.toThrow(
      'has not allowed',
    );
  });
});
