/** Somebody has the TLS key of a genuine service, and its certificate, and stands between it and its clients. */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { connect } from '@gaiwan/client';
import { gaiwan } from '@gaiwan/protocol';
import { connectionBinding, exporterOf } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../packages/client/src/testing/server.ts';
import { recordTo } from '../../packages/trust/src/testing/recorder.ts';
import {
  type Genuine,
  genuineService,
  impostor,
  type Lie,
  PASSWORD,
  relay,
  type Thief,
} from '../support/thief.ts';

let genuine: Genuine;
beforeAll(async () => {
  genuine = await genuineService();
});
afterAll(() => genuine.close());

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const sessionKey = () => genuine.machine.identity.current.spki;

/** What a victim is told, and that the thief learnt nothing of it. */
async function loginBy(thief: Thief, protocol: 'grpc' | 'connect' = 'grpc') {
  const at = { authentication: thief.url, frontend: thief.url };
  using client = await connect({ ...at, trust: genuine.trust, protocol });
  const ended = await client.login('alice', PASSWORD).catch((error: unknown) => error);
  expect(thief.said()).not.toContain(PASSWORD);
  expect(thief.said()).not.toContain('alice');
  return ended;
}

describe('a stolen TLS key', () => {
  it.each(['grpc', 'connect'] as const)(
    'does not help a relay: the client refuses before it says who it is (%s)',
    async (protocol) => {
      const thief = await relay(genuine);
      onTestFinished(() => thief.close());
      expect(await loginBy(thief, protocol)).toMatchObject({
        code: 'untrusted-server',
        reason: 'connection-binding',
      });
    },
  );

  const instanceId = () => bytes(genuine.instance);
  const lies: readonly (readonly [what: string, lie: Lie, reason: string])[] = [
    [
      'evidence that the genuine service made for the thief',
      async ({ nonce, genuine: service }) => service.getConnectionEvidence({ nonce }),
      'connection-binding',
    ],
    [
      'evidence for a nonce that is what the evidence about this connection would say',
      async ({ nonce, socket, genuine: service }) => {
        const exporter = exporterOf(socket) ?? new Uint8Array(32);
        const about = { nonce, exporter, sessionKey: sessionKey(), instance: instanceId() };
        const { certificate } = await service.getEvidence({ nonce: connectionBinding(about) });
        return { certificate, instanceId: instanceId() };
      },
      'connection-binding',
    ],
    [
      'evidence for the nonce, about no connection',
      async ({ nonce, genuine: service }) => ({
        ...(await service.getEvidence({ nonce })),
        instanceId: instanceId(),
      }),
      'connection-binding',
    ],
    [
      'its certificate again',
      async () => ({ certificate: genuine.machine.identity.current.der, instanceId: instanceId() }),
      'connection-binding',
    ],
    [
      'another instance than the evidence names',
      async ({ nonce, genuine: service }) => ({
        ...(await service.getConnectionEvidence({ nonce })),
        instanceId: bytes('2b'.repeat(32)),
      }),
      'connection-binding',
    ],
    [
      'an instance id that is too short',
      async ({ nonce, genuine: service }) => ({
        ...(await service.getConnectionEvidence({ nonce })),
        instanceId: instanceId().subarray(1),
      }),
      'malformed',
    ],
    [
      'no certificate',
      async () => ({ certificate: new Uint8Array(), instanceId: instanceId() }),
      'missing-evidence',
    ],
    [
      'a certificate that is none',
      async () => ({ certificate: new Uint8Array(randomBytes(1000)), instanceId: instanceId() }),
      'malformed',
    ],
  ];
  it.each(lies)('does not help who says %s', async (_what, lie, reason) => {
    const thief = await impostor(genuine, lie);
    onTestFinished(() => thief.close());
    expect(await loginBy(thief)).toMatchObject({ code: 'untrusted-server', reason });
  });

  it('does not help who replays what a victim was once told', async () => {
    let recorded: Awaited<ReturnType<Lie>> | undefined;
    const thief = await impostor(genuine, async ({ nonce, socket }) => {
      const exporter = exporterOf(socket) ?? new Uint8Array(32);
      const about = { nonce, exporter, sessionKey: sessionKey(), instance: instanceId() };
      // The first time it is the truth, which only the service itself can say.
      const claim = { connection: connectionBinding(about) };
      const made = await genuine.machine.identity.certificateFor(sessionKey(), claim);
      recorded ??= { certificate: made ?? new Uint8Array(), instanceId: instanceId() };
      return recorded;
    });
    onTestFinished(() => thief.close());
    using told = await connect({ authentication: thief.url, frontend: thief.url, trust: genuine.trust });
    // Of its two connections, one is told the truth, and then no state; the other is told what was recorded. Which is refused first is open.
    await expect(told.verify()).rejects.toMatchObject({
      code: expect.stringMatching(/^(untrusted-server|unimplemented)$/),
    });
    expect(recorded).toBeDefined();
    expect(await loginBy(thief)).toMatchObject({ code: 'untrusted-server', reason: 'connection-binding' });
  });

  it.each(['upload', 'download'] as const)(
    'does not help who takes over the connection of a file alone (%s)',
    async (direction) => {
      const { machine } = genuine;
      const capability = 'a capability of alice';
      const honest = await startServer(machine.identity, {
        routes(router) {
          const grant = { path: '/blobs/1', capability };
          router.service(gaiwan.DataService, {
            createUpload: () => ({ ...grant, url: 'gaiwan://1' }),
            createDownload: () => ({ ...grant, size: 10n, cmac: new Uint8Array(16), schema: 'aes-gcm-128' }),
          });
        },
        raw: (_request, response) => void response.writeHead(200).end('ciphertext'),
      });
      onTestFinished(() => honest.close());
      const thief = await relay({ machine, port: honest.port });
      onTestFinished(() => thief.close());
      let target = honest.port;
      const way = await recordTo(() => target);
      onTestFinished(() => way.close());
      const url = `https://127.0.0.1:${way.port}`;
      using client = await connect({ authentication: url, frontend: url, trust: genuine.trust });
      // Calls go on over the connection that is open; files have others.
      await client.verify();
      target = thief.port;
      const key = { scheme: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) } as const;
      const transfer =
        direction === 'upload'
          ? client.data.upload(chunks(), { name: 'x' })
          : client.data.download('input-1', join(tmpdir(), `gaiwan-never-${process.pid}`), key);
      await expect(transfer).rejects.toMatchObject({ reason: 'connection-binding' });
      expect(thief.said()).toContain('GetConnectionEvidence');
      expect(thief.said()).not.toContain(capability);
      expect(thief.said()).not.toContain('ciphertext');
    },
  );
});

async function* chunks() {
  yield Buffer.from('ciphertext');
}

describe('evidence about a connection', () => {
  const over = (maxVersion: 'TLSv1.2' | 'TLSv1.3') => {
    const transport = createConnectTransport({
      httpVersion: '2',
      baseUrl: genuine.url,
      nodeOptions: { rejectUnauthorized: false, maxVersion },
    });
    return createClient(gaiwan.AttestationService, transport);
  };

  it('is not given over TLS 1.2', async () => {
    const nonce = new Uint8Array(32);
    const error: unknown = await over('TLSv1.2')
      .getConnectionEvidence({ nonce })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ rawMessage: expect.any(String) });
    expect(String(error)).toMatch(/failed_precondition/);
    expect((await over('TLSv1.2').getEvidence({ nonce })).certificate.length).toBeGreaterThan(1000);
  });

  it.each([0, 31, 33, 64])('is not given for a nonce of %i bytes', async (length) => {
    await expect(over('TLSv1.3').getConnectionEvidence({ nonce: new Uint8Array(length) })).rejects.toThrow(
      /invalid_argument/,
    );
  });

  it('lets in who talks to the service itself, over both protocols', async () => {
    for (const protocol of ['grpc', 'connect'] as const) {
      const at = { authentication: genuine.url, frontend: genuine.url };
      using client = await connect({ ...at, trust: genuine.trust, protocol });
      await client.login('alice', PASSWORD);
      expect(client.instance).toBe(genuine.instance);
      const { frontend } = await client.verify();
      expect(frontend.connection).toEqual({ instance: genuine.instance, form: 'evidence' });
      expect(frontend.verified.connection).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
