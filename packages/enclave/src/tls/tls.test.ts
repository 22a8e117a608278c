import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createSecureServer,
  type Http2SecureServer,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, createServer, type Server, type TLSSocket } from 'node:tls';
import { parseCertificates, TAGGED_EVIDENCE } from '@gaiwan/attestation';
import { importEcKey, issueCertificate } from '@gaiwan/attestation-kit';
import { connectAttested, PeerVerifier } from '@gaiwan/trust';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { recordTo } from '../../../trust/src/testing/recorder.ts';
import { good, policyOf, type TestMachine, testMachine } from '../testing/machine.ts';
import { AttestedIdentity, followRenewals, peerOf, requirePeers, serverOptions } from './index.ts';

let machine: TestMachine;
let verifier: PeerVerifier;
beforeAll(async () => {
  machine = await testMachine();
  verifier = await machine.verifier();
});
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
const listening = async <S extends Server | Http2SecureServer>(server: S): Promise<S> => {
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};

async function identity(options: Partial<Parameters<typeof AttestedIdentity.create>[0]> = {}) {
  const made = await AttestedIdentity.create({ attester: machine.attester(), ...options });
  closing.push(() => made.close());
  return made;
}

/** Echoes, and counts what it got. */
async function echo(own: AttestedIdentity) {
  let received = 0;
  const server = createServer(serverOptions(own), (socket) => {
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    socket.pipe(socket);
  });
  followRenewals(server, own);
  await listening(server);
  return { server, port: portOf(server), received: () => received };
}

const exchange = (socket: TLSSocket, text: string) =>
  new Promise<string>((resolve) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    socket.write(text);
  });

/** As clients that know nothing newer. */
const tls12 = (port: number) =>
  new Promise<TLSSocket>((resolve, reject) => {
    const socket: TLSSocket = connectTls(
      { port, host: '127.0.0.1', maxVersion: 'TLSv1.2', rejectUnauthorized: false },
      () => resolve(socket),
    );
    socket.once('error', reject);
  });

describe('a client', () => {
  it('speaks with a server whose evidence it accepts, over TLS 1.3', async () => {
    const { port } = await echo(await identity());
    const { socket, peer } = await connectAttested({ port, host: '127.0.0.1', verifier });
    expect(await exchange(socket, 'hello')).toBe('hello');
    expect(peer.simulated).toBe(true);
    expect(peer.verified.inner.kind).toBe('tdx');
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
  });

  it('says SIMULATION by the root itself, whether or not the caller does', async () => {
    const { port } = await echo(await identity());
    const { simulated: _left, ...trust } = await machine.trust();
    const by = new PeerVerifier(trust);
    const { socket, peer } = await connectAttested({ port, host: '127.0.0.1', verifier: by });
    expect(peer.simulated).toBe(true);
    socket.destroy();
  });

  it('refuses evidence that is older than an hour, however young the certificate is', async () => {
    const own = await identity({ lifetime: 100_000 });
    const [leaf] = parseCertificates(own.current.der);
    const evidence = leaf?.extensions.get(TAGGED_EVIDENCE)?.value as Uint8Array;
    // By whoever has the key: old evidence in a certificate of the moment.
    const reissued = async (at: number) => {
      const key = await importEcKey(Buffer.from(own.current.key.replace(/-----.*-----|\n/g, ''), 'base64'));
      const { der } = await issueCertificate({
        subject: 'Gaiwan',
        key,
        from: at - 60_000,
        to: at + 3_600_000,
        serial: '01',
        extensions: { [TAGGED_EVIDENCE]: evidence },
      });
      return der;
    };
    const at = (seconds: number) => Date.now() + seconds * 1000;
    const verify = async (seconds: number, change = {}) =>
      (await machine.verifier({ now: () => at(seconds), ...change })).verify(await reissued(at(seconds)));
    await verify(3500);
    await expect(verify(3700)).rejects.toMatchObject({ reason: 'policy-age' });
    await expect(verify(-100)).rejects.toMatchObject({ reason: 'policy-age' });
    await verify(3700, { policies: [{ ...policyOf(good), maximumAge: 7200 }] });
    await expect(verify(300, { maximumAge: 200 })).rejects.toMatchObject({ reason: 'policy-age' });
  });

  it('does not speak TLS 1.2, not even where the server knows nothing newer', async () => {
    const own = await identity();
    const old = await listening(
      createServer({ ...serverOptions(own), maxVersion: 'TLSv1.2' }, (socket) => socket.pipe(socket)),
    );
    await expect(connectAttested({ port: portOf(old), host: '127.0.0.1', verifier })).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    });
  });

  const bad: readonly (readonly [
    what: string,
    reason: string,
    make: () => Promise<{ own: AttestedIdentity; by: PeerVerifier }>,
  ])[] = [
    [
      'an altered program',
      'policy-measurement',
      async () => ({
        own: await identity({ attester: machine.attester({ ...good, bundle: '00'.repeat(32) }) }),
        by: verifier,
      }),
    ],
    [
      'another configuration',
      'policy-measurement',
      async () => ({
        own: await identity({ attester: machine.attester({ ...good, configuration: '00'.repeat(32) }) }),
        by: verifier,
      }),
    ],
    [
      'a debug machine',
      'policy-debug',
      async () => ({
        own: await identity({ attester: machine.attester(good, { debug: true }) }),
        by: verifier,
      }),
    ],
    [
      'a revoked machine',
      'cert-revoked',
      async () => {
        const other = await testMachine('revoked');
        return { own: await identity({ attester: other.attester() }), by: await other.verifier() };
      },
    ],
    [
      'a machine out of date',
      'policy-tcb',
      async () => {
        const other = await testMachine('out-of-date');
        return { own: await identity({ attester: other.attester() }), by: await other.verifier() };
      },
    ],
    [
      'a simulation, with production roots',
      'untrusted-root',
      async () => {
        const { roots: _roots, ...trust } = await machine.trust();
        return { own: await identity(), by: new PeerVerifier(trust) };
      },
    ],
    [
      'another simulation',
      'untrusted-root',
      async () => ({
        own: await identity({ attester: (await testMachine()).attester() }),
        by: verifier,
      }),
    ],
    [
      'an expired certificate',
      'cert-expired',
      async () => ({
        own: await identity({ now: () => Date.now() - 7_200_000 }),
        by: verifier,
      }),
    ],
    [
      'a server, without a policy',
      'policy-measurement',
      async () => ({
        own: await identity(),
        by: await machine.verifier({ policies: [] }),
      }),
    ],
  ];
  it.each(bad)('refuses %s (%s), and not one byte was sent', async (_what, reason, make) => {
    const { own, by } = await make();
    const { port, received } = await echo(own);
    const recorder = await recordTo(port);
    closing.push(() => recorder.close());
    await expect(
      connectAttested({ port: recorder.port, host: '127.0.0.1', verifier: by }),
    ).rejects.toMatchObject({
      code: 'untrusted-peer',
      reason,
    });
    await recorder.closed();
    expect(recorder.applicationBytes()).toBe(0);
    expect(received()).toBe(0);
  });

  it('the recorder sees what is sent when it is sent', async () => {
    const { port } = await echo(await identity());
    const recorder = await recordTo(port);
    closing.push(() => recorder.close());
    const { socket } = await connectAttested({ port: recorder.port, host: '127.0.0.1', verifier });
    await exchange(socket, 'x'.repeat(100));
    expect(recorder.applicationBytes()).toBeGreaterThanOrEqual(100);
    socket.destroy();
  });

  it('refuses one in the middle who ends TLS: with a certificate of its own, and with the copied evidence', async () => {
    const own = await identity();
    const real = await echo(own);
    const { ecKey, issueCertificate } = await import('@gaiwan/attestation-kit');
    const { embeddedEvidence, parseCertificates, TAGGED_EVIDENCE } = await import('@gaiwan/attestation');
    const [leaf] = parseCertificates(own.current.der);
    const copied = leaf?.extensions.get(TAGGED_EVIDENCE)?.value as Uint8Array;
    expect(leaf && embeddedEvidence(leaf)).toHaveLength(1);
    for (const [extensions, reason] of [
      [{}, 'missing-evidence'],
      [{ [TAGGED_EVIDENCE]: copied }, 'key-binding'],
    ] as const) {
      const key = await ecKey('P-256');
      const now = Date.now();
      const { der } = await issueCertificate({
        subject: 'Gaiwan',
        key,
        from: now - 1000,
        to: now + 1e6,
        serial: '01',
        extensions,
      });
      const proxy = await listening(
        createServer(
          {
            key: `-----BEGIN PRIVATE KEY-----\n${Buffer.from(await key.export()).toString('base64')}\n-----END PRIVATE KEY-----\n`,
            cert: `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`,
          },
          (client) => {
            const upstream = connectTls({ port: real.port, host: '127.0.0.1', rejectUnauthorized: false });
            upstream.on('error', () => undefined);
            client.pipe(upstream).pipe(client);
          },
        ),
      );
      await expect(
        connectAttested({ port: portOf(proxy), host: '127.0.0.1', verifier }),
      ).rejects.toMatchObject({ reason });
    }
    expect(real.received()).toBe(0);
  });

  it('says what is wrong when nobody vouches, nobody listens, nobody answers', async () => {
    const { port } = await echo(await identity());
    const silent = { endorsements: () => Promise.reject(new Error('the source is down')) };
    const by = await machine.verifier({ endorsements: silent });
    await expect(connectAttested({ port, host: '127.0.0.1', verifier: by })).rejects.toMatchObject({
      reason: 'no-endorsements',
    });
    await expect(connectAttested({ port: 1, host: '127.0.0.1', verifier })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    const { createServer: tcp } = await import('node:net');
    const mute = tcp(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    closing.push(() => mute.close());
    const settings = { port: portOf(mute), host: '127.0.0.1', verifier };
    await expect(connectAttested({ ...settings, timeout: 100 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const stop = new AbortController();
    mute.once('connection', () => stop.abort());
    await expect(connectAttested({ ...settings, signal: stop.signal })).rejects.toThrow();
  });
});

describe('a server', () => {
  it('speaks TLS 1.2 with clients of Teaclave’s age, also after a renewal', async () => {
    const own = await identity();
    const { port } = await echo(own);
    for (let round = 0; round < 2; round++) {
      const socket = await tls12(port);
      expect(socket.getProtocol()).toBe('TLSv1.2');
      expect(new Uint8Array(socket.getPeerX509Certificate()?.raw ?? [])).toEqual(own.current.der);
      expect(await exchange(socket, 'hello')).toBe('hello');
      socket.destroy();
      await own.renew();
    }
  });

  it('that judges its clients speaks TLS 1.3 alone, also after a renewal', async () => {
    const own = await identity();
    const server = await listening(
      createServer(serverOptions(own, { mutual: true }), (socket) => socket.pipe(socket)),
    );
    followRenewals(server, own, { mutual: true });
    requirePeers(server, verifier);
    const settings = { port: portOf(server), host: '127.0.0.1', verifier, identity: own };
    for (let round = 0; round < 2; round++) {
      await expect(tls12(portOf(server))).rejects.toMatchObject({
        code: expect.stringContaining('PROTOCOL_VERSION'),
      });
      const { socket } = await connectAttested(settings);
      expect(await exchange(socket, 'hello')).toBe('hello');
      socket.destroy();
      await own.renew();
    }
  });
});

describe('judgement that does not come to an end', () => {
  let begun = Promise.withResolvers<void>();
  beforeEach(() => {
    begun = Promise.withResolvers<void>();
  });
  const endorsements = () => {
    begun.resolve();
    return new Promise<never>(() => {});
  };
  const never = () => machine.verifier({ endorsements: { endorsements } });

  it('ends a client’s waiting by its timeout, and the connection with it', async () => {
    const { server, port } = await echo(await identity());
    const arrived = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    const gone = arrived.then(async ([socket]) => {
      if (!socket.destroyed) await once(socket, 'close');
    });
    const by = await never();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const connecting = expect(
      connectAttested({ port, host: '127.0.0.1', verifier: by, timeout: 200 }),
    ).rejects.toMatchObject({ code: 'ETIMEDOUT', message: expect.stringContaining('judgement') });
    await Promise.all([begun.promise, arrived]);
    vi.advanceTimersByTime(200);
    await connecting;
    await gone;
  });

  it('ends by a client’s signal, with its reason', async () => {
    const { port } = await echo(await identity());
    const stop = new AbortController();
    void begun.promise.then(() => stop.abort(new Error('enough')));
    await expect(
      connectAttested({ port, host: '127.0.0.1', verifier: await never(), signal: stop.signal }),
    ).rejects.toThrow('enough');
  });

  it('takes a server’s place no longer than its timeout', async () => {
    const own = await identity();
    const refused: unknown[] = [];
    const server = await listening(createServer(serverOptions(own, { mutual: true }), () => undefined));
    requirePeers(server, await never(), { refused: (error) => refused.push(error), timeout: 200 });
    const { socket } = await connectAttested({
      port: portOf(server),
      host: '127.0.0.1',
      verifier,
      identity: own,
    });
    await new Promise((resolve) => socket.once('close', resolve).resume());
    expect(refused).toMatchObject([{ code: 'ETIMEDOUT', message: expect.stringContaining('judgement') }]);
    const count = () => new Promise((resolve) => server.getConnections((_error, n) => resolve(n)));
    await expect.poll(count).toBe(0);
  });
});

describe('fresh evidence for a nonce', () => {
  it('is bound to the key of the connection, also after a renewal', async () => {
    const own = await identity();
    const { port } = await echo(own);
    const { socket, peer } = await connectAttested({ port, host: '127.0.0.1', verifier });
    const sessionKey = peer.verified.certificate.spki;
    await own.renew();
    const nonce = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const fresh = (await own.certificateFor(sessionKey, { nonce })) as Uint8Array;
    const checks = { nonce: nonce.toString('hex'), sessionKey };
    expect((await verifier.verify(fresh, checks)).verified.nonce).toBe(checks.nonce);
    await expect(verifier.verify(fresh, { ...checks, nonce: 'ff' })).rejects.toMatchObject({
      reason: 'nonce-mismatch',
    });
    await expect(verifier.verify(peer.certificate, checks)).rejects.toMatchObject({
      reason: 'nonce-mismatch',
    });
    const other = own.current.spki;
    await expect(verifier.verify(fresh, { ...checks, sessionKey: other })).rejects.toMatchObject({
      reason: 'key-binding',
    });
    expect(await own.certificateFor(new Uint8Array(91), { nonce })).toBeUndefined();
    socket.destroy();
  });
});

describe('renewal', () => {
  it.each([
    ['forward', -86_400_000],
    ['back', 86_400_000],
  ])(
    'L4a: happens when it is used after the clock was set %s by a day, on both sides',
    async (_way, before) => {
      let off = before;
      const now = () => Date.now() + off;
      const [own, mine] = [await identity({ now }), await identity({ now })];
      const server = createServer(serverOptions(own, { mutual: true }), (socket) => socket.pipe(socket));
      requirePeers(server, verifier);
      followRenewals(server, own, { mutual: true });
      await listening(server);
      const where = { port: portOf(server), verifier, identity: mine };
      off = 0;
      const made = own.current;
      const sockets = await Promise.all([connectAttested(where), connectAttested(where)]);
      for (const { socket } of sockets) {
        closing.push(() => socket.destroy());
        expect(await exchange(socket, 'hello')).toBe('hello');
      }
      expect(own.current).not.toBe(made);
    },
  );

  it('that fails when it is due leaves the old certificate, and is not tried for each connection', async () => {
    let off = 0;
    let failures = 0;
    const attester = machine.attester();
    const report = vi.fn();
    const own = await identity({
      attester: {
        ...attester,
        kind: attester.kind,
        evidence: (data) => {
          if (off === 0) return attester.evidence(data);
          failures++;
          return Promise.reject(new Error('no evidence'));
        },
      },
      now: () => Date.now() + off,
      report,
    });
    const { port } = await echo(own);
    const old = own.current;
    off = 3000_000;
    for (let times = 0; times < 2; times++) {
      const { socket } = await connectAttested({ port, verifier });
      closing.push(() => socket.destroy());
    }
    expect([own.current, failures]).toEqual([old, 1]);
    expect(report).toHaveBeenCalledOnce();
  });

  it('happens by itself after half of the lifetime, and is tried again where it fails', async () => {
    let [calls, failing] = [0, false];
    const reports: unknown[] = [];
    const base = machine.attester();
    const own = await identity({
      lifetime: 0.2,
      attester: {
        kind: 'simulation',
        evidence: (reportData) => {
          calls++;
          return failing ? Promise.reject(new Error('the machine is busy')) : base.evidence(reportData);
        },
      },
      report: (error) => reports.push(error),
    });
    const first = own.current;
    await expect.poll(() => own.current !== first).toBe(true);
    failing = true;
    const before = calls;
    await expect.poll(() => reports.length > 0).toBe(true);
    expect(calls).toBeGreaterThan(before);
    expect(own.current.notAfter).toBeGreaterThan(first.notAfter);
  });

  /** Mutual attestation over HTTP/2. */
  async function service(own: AttestedIdentity, by: PeerVerifier) {
    const refused: unknown[] = [];
    const server = createSecureServer(
      { ...serverOptions(own, { mutual: true }), ALPNProtocols: ['h2'] } as never,
      (request, response) => {
        const found = peerOf(request.stream.session?.socket);
        response.end(found ? 'judged' : 'not judged');
      },
    );
    followRenewals(server, own, { mutual: true });
    requirePeers(server, by, { refused: (error) => refused.push(error) });
    await listening(server);
    return { port: portOf(server), refused };
  }

  const get = (session: ClientHttp2Session) =>
    new Promise<string>((resolve, reject) => {
      const stream = session.request({ ':path': '/' });
      let body = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => (body += chunk));
      stream.once('end', () =>
        stream.rstCode === 0 && body !== '' ? resolve(body) : reject(new Error('no answer')),
      );
      stream.once('error', reject);
      stream.end();
    });

  const dial = async (port: number, own: AttestedIdentity | undefined) => {
    const { socket } = await connectAttested({
      port,
      host: '127.0.0.1',
      verifier,
      protocols: ['h2'],
      ...(own && { identity: own }),
    });
    const session = connectHttp2('https://service', { createConnection: () => socket });
    session.on('error', () => undefined);
    closing.push(() => session.destroy());
    return session;
  };

  it('under load: 10,000 calls between two services across renewals of both, none fails', async () => {
    const [server, client] = [await identity(), await identity()];
    const { port, refused } = await service(server, verifier);
    let [done, failed, renewals, connections] = [0, 0, 0, 0];
    const total = 10_000;
    const lane = async () => {
      while (done < total) {
        connections++;
        const session = await dial(port, client);
        // Connections come and go while certificates change.
        for (let i = 0; i < 500 && done < total; i += 10) {
          const answers = await Promise.allSettled(Array.from({ length: 10 }, () => get(session)));
          for (const answer of answers) {
            done++;
            if (answer.status === 'rejected' || answer.value !== 'judged') failed++;
          }
          if (done % 1000 === 0) {
            renewals += 2;
            await Promise.all([server.renew(), client.renew()]);
          }
        }
        session.close();
      }
    };
    await Promise.all(Array.from({ length: 4 }, lane));
    expect({ failed, refused }).toEqual({ failed: 0, refused: [] });
    expect(done).toBeGreaterThanOrEqual(total);
    expect(renewals).toBeGreaterThan(2);
    expect(connections).toBeGreaterThan(10);
  });

  it('a client without a certificate, or with a program that is not welcome, is turned away unheard', async () => {
    const server = await identity();
    const { port, refused } = await service(server, verifier);
    const other = await identity({ attester: machine.attester({ ...good, bundle: '11'.repeat(32) }) });
    for (const [own, reason] of [
      [undefined, 'no-certificate'],
      [other, 'policy-measurement'],
    ] as const) {
      await expect(dial(port, own).then(get)).rejects.toThrow();
      expect(refused.at(-1)).toMatchObject({ code: 'untrusted-peer', reason });
    }
    // Each side has a policy of its own: here the client's is stricter than the server.
    const strict = await machine.verifier({ policies: [policyOf({ ...good, bundle: '22'.repeat(32) })] });
    await expect(
      connectAttested({ port, host: '127.0.0.1', verifier: strict, identity: server }),
    ).rejects.toMatchObject({
      reason: 'policy-measurement',
    });
  });
});
