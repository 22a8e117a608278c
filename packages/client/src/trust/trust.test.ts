import { createHash, X509Certificate } from 'node:crypto';
import { authentication } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../connect.ts';
import { makeCertificate } from '../testing/certificate.ts';
import { startServer, type TestServer } from '../testing/server.ts';

const mine = makeCertificate('platform');
const other = makeCertificate('platform');
const sha256 = (pem: string) => createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');

let server: TestServer;
const serve = (identity = mine) =>
  startServer(identity, {
    routes: (router) =>
      router.service(authentication.TeaclaveAuthenticationApi, { userLogin: () => ({ token: 'a token' }) }),
    raw: (_request, response) => void response.writeHead(200).end('ciphertext'),
  });
beforeEach(async () => {
  server = await serve();
});
afterEach(async () => {
  await server.close();
});

const addresses = () => ({ authentication: server.url, frontend: server.url });

describe('a certificate', () => {
  it.each(['grpc', 'connect'] as const)(
    'that is the server’s lets the client in, whatever its name (%s)',
    async (protocol) => {
      using client = await connect({ ...addresses(), certificate: mine.certificate, protocol });
      await client.login('alice', 'secret');
      expect(client.token.reveal()).toBe('a token');
      expect(server.requests()).toBe(1);
    },
  );

  it.each(['grpc', 'connect'] as const)(
    'of somebody else does not, and nothing is sent (%s)',
    async (protocol) => {
      using client = await connect({ ...addresses(), certificate: other.certificate, protocol });
      await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'untrusted-server' });
      expect(server.requests()).toBe(0);
    },
  );

  it('that has expired does not', async () => {
    const old = makeCertificate('platform', -1);
    const expired = await serve(old);
    onTestFinished(() => expired.close());
    using client = await connect({
      authentication: expired.url,
      frontend: expired.url,
      certificate: old.certificate,
    });
    await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'untrusted-server' });
    expect(expired.requests()).toBe(0);
  });

  it('counts even where the environment says that it does not', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      using client = await connect({ ...addresses(), certificate: other.certificate });
      await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'untrusted-server' });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });
});

describe('a fingerprint', () => {
  it('that is right pins the certificate', async () => {
    const spelled = (sha256(mine.certificate).toUpperCase().match(/../g) ?? []).join(':');
    using client = await connect({ ...addresses(), fingerprint: spelled });
    expect(new X509Certificate(client.certificate).raw).toEqual(new X509Certificate(mine.certificate).raw);
    await client.login('alice', 'secret');
    expect(server.requests()).toBe(1);
  });

  it('that is wrong ends it before anything is sent', async () => {
    const wrong = connect({ ...addresses(), fingerprint: sha256(other.certificate) });
    await expect(wrong).rejects.toMatchObject({ code: 'untrusted-server' });
    expect(server.requests()).toBe(0);
  });

  it('holds for the authentication port too', async () => {
    const impostor = await serve(other);
    onTestFinished(() => impostor.close());
    using client = await connect({
      authentication: impostor.url,
      frontend: server.url,
      fingerprint: sha256(mine.certificate),
    });
    await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'untrusted-server' });
    expect(impostor.requests()).toBe(0);
  });
});

describe('what cannot be used', () => {
  it.each([
    ['neither', {}],
    ['no PEM', { certificate: 'hello' }],
    ['a broken certificate', { certificate: mine.certificate.replace(/[A-Za-z]{20}/, '') }],
    ['two certificates', { certificate: mine.certificate + other.certificate }],
    ['a short fingerprint', { fingerprint: 'abcd' }],
    [
      'a certificate of another fingerprint',
      { certificate: mine.certificate, fingerprint: sha256(other.certificate) },
    ],
  ])('%s', async (_what, trust) => {
    await expect(connect({ ...addresses(), ...trust })).rejects.toMatchObject({
      code: 'bad-connection-options',
    });
  });

  it('an address without TLS', async () => {
    const options = { ...addresses(), frontend: 'http://localhost:7777', certificate: mine.certificate };
    await expect(connect(options)).rejects.toMatchObject({ code: 'bad-connection-options' });
  });

  it('an address where nobody is', async () => {
    const { url } = server;
    await server.close();
    using client = await connect({ authentication: url, frontend: url, certificate: mine.certificate });
    await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'cannot-connect' });
    const byFingerprint = connect({
      authentication: url,
      frontend: url,
      fingerprint: sha256(mine.certificate),
    });
    await expect(byFingerprint).rejects.toMatchObject({ code: 'cannot-connect' });
    server = await serve();
  });
});
