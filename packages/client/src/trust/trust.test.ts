import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import type { FileKey } from '@gaiwan/files';
import { authentication, frontend, gaiwan } from '@gaiwan/protocol';
import { formatEnclaveInfo, signEnclaveInfo, simulatedRegisters, vendorTrust } from '@gaiwan/trust';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { recordTo } from '../../../trust/src/testing/recorder.ts';
import { connect } from '../connect.ts';
import type { Gaiwan } from '../gaiwan.ts';
import { makeMachine, program } from '../testing/machine.ts';
import { startServer, type TestServer } from '../testing/server.ts';

const machine = await makeMachine();
const anotherProgram = await makeMachine('none', { ...program, bundle: 'ff'.repeat(32) });
const { trust } = machine;
const key: FileKey = { scheme: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) };

async function* chunks() {
  yield Buffer.from('ciphertext');
}

let server: TestServer;
const serve = ({ identity } = machine) =>
  startServer(identity, {
    routes(router) {
      router.service(authentication.TeaclaveAuthenticationApi, { userLogin: () => ({ token: 'a token' }) });
      router.service(frontend.TeaclaveFrontend, { cancelTask: () => ({}) });
      router.service(gaiwan.DataService, {
        createUpload: () => ({ url: 'gaiwan://1', path: '/blobs/1', capability: 'c' }),
        createDownload: () => ({
          path: '/blobs/1',
          capability: 'c',
          size: 10n,
          cmac: new Uint8Array(16),
          name: 'x',
          schema: key.scheme,
        }),
      });
    },
    raw: (_request, response) => void response.writeHead(200).end('ciphertext'),
  });
beforeEach(async () => {
  server = await serve();
});
afterEach(async () => {
  await server.close();
});

const addresses = () => ({ authentication: server.url, frontend: server.url });

describe('evidence', () => {
  it.each(['grpc', 'connect'] as const)(
    'that the policy accepts lets the client in (%s)',
    async (protocol) => {
      using client = await connect({ ...addresses(), trust, protocol });
      const { frontend: found } = await client.verify();
      expect(found).toMatchObject({ simulated: true, verified: { inner: { kind: 'tdx' } } });
      expect(server.requests()).toBe(0);
      await client.login('alice', 'secret');
      expect(client.token.reveal()).toBe('a token');
      expect(server.requests()).toBe(1);
    },
  );

  it.each(['grpc', 'connect'] as const)(
    'without an answer about the state does not (%s)',
    async (protocol) => {
      const older = await startServer(machine.identity, {
        state() {
          throw new ConnectError('no such method', Code.Unimplemented);
        },
      });
      onTestFinished(() => older.close());
      using client = await connect({ authentication: older.url, frontend: older.url, trust, protocol });
      const refusal = { name: 'GaiwanError', code: 'unimplemented' };
      await expect(client.verify()).rejects.toMatchObject(refusal);
      await expect(client.login('alice', 'secret')).rejects.toMatchObject(refusal);
      await expect(client.state()).rejects.toMatchObject(refusal);
      expect(older.requests()).toBe(0);
    },
  );

  it.each([
    ['of another program', anotherProgram.trust, 'policy-measurement'],
    ['of a machine that nobody trusts', trust, 'untrusted-root'],
  ])('%s does not, by any call, and nothing is sent', async (_what, trusted, reason) => {
    const impostor = await serve(anotherProgram);
    onTestFinished(() => impostor.close());
    using client = await connect({ authentication: impostor.url, frontend: impostor.url, trust: trusted });
    const refusal = { code: 'untrusted-server', reason };
    await expect(client.verify()).rejects.toMatchObject(refusal);
    await expect(client.login('alice', 'secret')).rejects.toMatchObject(refusal);
    await expect(client.tasks.cancel('task-1')).rejects.toMatchObject(refusal);
    await expect(client.freshEvidence()).rejects.toMatchObject(refusal);
    expect(impostor.requests()).toBe(0);
  });

  it.each([
    // It takes its upload back, over the connection that is open.
    ['upload', 3, (client: Gaiwan) => client.data.upload(chunks(), { name: 'x' })],
    [
      'download',
      2,
      (client: Gaiwan) => client.data.download('input-1', join(tmpdir(), `gaiwan-never-${process.pid}`), key),
    ],
  ] as const)(
    'counts for the connection of a file, too (%s): whoever takes the platform’s place gets not one byte',
    async (_what, requests, transfer) => {
      const impostor = await serve(anotherProgram);
      onTestFinished(() => impostor.close());
      let target = server.port;
      const recorder = await recordTo(() => target);
      onTestFinished(() => recorder.close());
      const url = `https://127.0.0.1:${recorder.port}`;
      using client = await connect({ authentication: url, frontend: url, trust });
      // The calls go on over the connection that is open; files have others.
      await client.data.createDownload('input-1');
      const before = recorder.connections();
      target = impostor.port;
      await expect(transfer(client)).rejects.toMatchObject({
        code: 'untrusted-server',
        reason: 'untrusted-root',
      });
      expect(server.requests()).toBe(requests);
      expect(recorder.connections()).toBeGreaterThan(before);
      expect(recorder.applicationBytes(before)).toBe(0);
      expect(impostor.requests()).toBe(0);
    },
  );

  it.each([
    ['revoked', 'cert-revoked'],
    ['out-of-date', 'policy-tcb'],
    ['debug', 'policy-debug'],
  ] as const)('of a machine that is %s is refused by the reason', async (fault, reason) => {
    const bad = await makeMachine(fault);
    const impostor = await serve(bad);
    onTestFinished(() => impostor.close());
    using client = await connect({ authentication: impostor.url, frontend: impostor.url, trust: bad.trust });
    await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'untrusted-server', reason });
    expect(impostor.requests()).toBe(0);
  });

  it('of a simulated machine is refused by whoever trusts real ones', async () => {
    const { reference, endorsements } = trust;
    using client = await connect({ ...addresses(), trust: { ...vendorTrust(), endorsements, reference } });
    await expect(client.login('alice', 'secret')).rejects.toMatchObject({ reason: 'untrusted-root' });
    expect(server.requests()).toBe(0);
  });

  it('counts even where the environment says that nothing does', async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      using client = await connect({ ...addresses(), trust: { ...trust, reference: { policies: [] } } });
      await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'untrusted-server' });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  it('is judged anew for each connection', async () => {
    using client = await connect({ ...addresses(), trust });
    await client.login('alice', 'secret');
    const { port } = server;
    await server.close();
    const impostor = await startServer((await makeMachine()).identity, { port });
    await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'untrusted-server' });
    expect(impostor.requests()).toBe(0);
    await impostor.close();
    server = await startServer(machine.identity, { port });
    // Nothing of the refusal is left: the right one is taken up again.
    await client.verify();
  });

  it('that is renewed leaves open connections open, and is what new ones see', async () => {
    using client = await connect({ ...addresses(), trust });
    const before = (await client.verify()).frontend.certificate;
    await machine.identity.renew();
    await client.tasks.cancel('task-1');
    expect((await client.verify()).frontend.certificate).toEqual(before);
    using later = await connect({ ...addresses(), trust });
    expect((await later.verify()).frontend.certificate).not.toEqual(before);
  });
});

describe('reference values', () => {
  const keys = ['anna', 'bert', 'carla'].map(() => generateKeyPairSync('ed25519'));
  const pem = keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const { mrTd, ...rtmrs } = simulatedRegisters(program);
  const enclaveInfo = Buffer.from(formatEnclaveInfo({ mr_td: mrTd, ...rtmrs }));
  const [anna, bert, carla] = keys.map(({ privateKey }) =>
    signEnclaveInfo(enclaveInfo, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  const signed = (signatures: readonly Uint8Array[], needed = 2, info: Uint8Array = enclaveInfo) => ({
    ...trust,
    reference: { enclaveInfo: info, signatures, auditors: { keys: pem.slice(0, 2), needed } },
  });

  it('of two auditors are accepted', async () => {
    using client = await connect({ ...addresses(), trust: signed([anna, bert]) });
    await client.login('alice', 'secret');
  });

  it.each([
    ['one of two', [anna]],
    ['one, twice', [anna, anna]],
    ['none', []],
    ['a stranger', [anna, carla]],
  ])('signed by %s are not, and nobody is asked', async (_who, signatures) => {
    await expect(connect({ ...addresses(), trust: signed(signatures) })).rejects.toMatchObject({
      code: 'untrusted-auditors',
    });
    expect(server.requests()).toBe(0);
  });

  it('that were changed after they were signed are not', async () => {
    const changed = Buffer.from(enclaveInfo.toString().replace(mrTd.slice(0, 8), '00000000'));
    await expect(connect({ ...addresses(), trust: signed([anna, bert], 2, changed) })).rejects.toMatchObject({
      code: 'untrusted-auditors',
    });
  });

  it('that say nothing of the service cannot be used', async () => {
    const other = Buffer.from(`[another_service]\nmr_td = "${mrTd}"\n`);
    const key = keys[0]?.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() ?? '';
    const reference = {
      enclaveInfo: other,
      signatures: [signEnclaveInfo(other, key)],
      auditors: { keys: pem, needed: 1 },
    };
    await expect(connect({ ...addresses(), trust: { ...trust, reference } })).rejects.toMatchObject({
      code: 'bad-connection-options',
      reason: 'unknown-service',
    });
  });

  it('that are a policy with a misspelt field cannot be used', async () => {
    const reference = { policies: [{ mesurements: [] } as object] };
    await expect(connect({ ...addresses(), trust: { ...trust, reference } })).rejects.toMatchObject({
      code: 'bad-connection-options',
    });
  });
});

describe('addresses', () => {
  it('without TLS cannot be used', async () => {
    const options = { ...addresses(), frontend: 'http://localhost:7777', trust };
    await expect(connect(options)).rejects.toMatchObject({ code: 'bad-connection-options' });
  });

  it('where nobody is are said to be so', async () => {
    const { url } = server;
    await server.close();
    using client = await connect({ authentication: url, frontend: url, trust });
    await expect(client.login('alice', 'secret')).rejects.toMatchObject({ code: 'cannot-connect' });
    await expect(client.verify()).rejects.toMatchObject({ code: 'cannot-connect' });
    server = await serve();
  });
});
