/** As stolen-tls-key.test.ts, where evidence takes long to make: a session-signing key speaks for connections, which the thief has not got. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { connect } from '@gaiwan/client';
import { connectionBinding, exporterOf, sessionStatement, simulatedRegisters } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { describePeer, summaryOf } from '../../packages/cli/src/peer.ts';
import { makeMachine, program } from '../../packages/client/src/testing/machine.ts';
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
  genuine = await genuineService(await makeMachine('none', program, true));
});
afterAll(async () => {
  await genuine.close();
  genuine.machine.identity.close();
});

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const instanceId = () => bytes(genuine.instance);
const sessionKey = () => genuine.machine.identity.current.spki;

/** What a victim is told, and that the thief learnt nothing of it. */
async function loginBy(thief: Pick<Thief, 'url' | 'said'>) {
  using client = await connect({ authentication: thief.url, frontend: thief.url, trust: genuine.trust });
  const ended = await client.login('alice', PASSWORD).catch((error: unknown) => error);
  expect(thief.said()).not.toContain(PASSWORD);
  expect(thief.said()).not.toContain('alice');
  return ended;
}

/** Our end of what a victim's connection is bound by. */
const endOf = ({ nonce, socket }: Pick<Parameters<Lie>[0], 'nonce' | 'socket'>) => ({
  nonce,
  exporter: exporterOf(socket) ?? new Uint8Array(32),
  sessionKey: sessionKey(),
  instance: instanceId(),
});

describe('a service whose evidence takes long to make', () => {
  it('is believed, and says in which form it speaks for the connection', async () => {
    using client = await connect({
      authentication: genuine.url,
      frontend: genuine.url,
      trust: genuine.trust,
    });
    const { frontend, authentication } = await client.verify();
    expect(frontend.connection).toEqual({ instance: genuine.instance, form: 'session-signing-key' });
    expect(authentication.connection.form).toBe('session-signing-key');
    expect(frontend.verified.issuedAt).toBeGreaterThan(0);
    const time = new Date(frontend.verified.issuedAt ?? 0).toISOString();
    expect(summaryOf(frontend)).toMatchObject({ connection: 'session-signing-key', evidenceTime: time });
    expect(describePeer(frontend).join('\n')).toContain(
      `signed by a session-signing key, which evidence of ${time} names`,
    );
  });

  it('is refused by whoever wants evidence about each connection', async () => {
    const measurements = [{ ...simulatedRegisters(program) }];
    const reference = { policies: [{ measurements, allowSessionSigning: false }] };
    const at = { authentication: genuine.url, frontend: genuine.url };
    using client = await connect({ ...at, trust: { ...genuine.trust, reference } });
    await expect(client.verify()).rejects.toMatchObject({
      code: 'untrusted-server',
      reason: 'policy-session-signing',
    });
  });
});

describe('a stolen TLS key, where a session-signing key speaks for connections', () => {
  it('does not help a relay', async () => {
    const thief = await relay(genuine);
    onTestFinished(() => thief.close());
    expect(await loginBy(thief)).toMatchObject({ code: 'untrusted-server', reason: 'connection-binding' });
  });

  const own = generateKeyPairSync('ed25519').privateKey;
  const signedBy = (statement: Uint8Array) => new Uint8Array(sign(null, statement, own));
  const lies: readonly (readonly [what: string, lie: Lie, reason: string])[] = [
    [
      'what the genuine service said to the thief',
      async ({ nonce, genuine: service }) => service.getConnectionEvidence({ nonce }),
      'connection-binding',
    ],
    [
      'the evidence that names the key, as if it were about the connection',
      async ({ nonce, genuine: service }) => {
        const { certificate } = await service.getConnectionEvidence({ nonce });
        return { certificate, instanceId: instanceId() };
      },
      'connection-binding',
    ],
    [
      'that evidence, and a signature by a key of its own',
      async ({ genuine: service, ...about }) => {
        const { certificate } = await service.getConnectionEvidence({ nonce: about.nonce });
        const signature = signedBy(sessionStatement(connectionBinding(endOf(about))));
        return { certificate, instanceId: instanceId(), signature };
      },
      'connection-binding',
    ],
    [
      'evidence about another connection, and a signature by a key of its own',
      async (about) => {
        const other = { connection: new Uint8Array(32) };
        const certificate = await genuine.machine.identity.certificateFor(sessionKey(), other);
        const signature = signedBy(sessionStatement(connectionBinding(endOf(about))));
        return { certificate: certificate ?? new Uint8Array(), instanceId: instanceId(), signature };
      },
      'connection-binding',
    ],
    [
      'its certificate again, and a signature by a key of its own',
      async (about) => ({
        certificate: genuine.machine.identity.current.der,
        instanceId: instanceId(),
        signature: signedBy(sessionStatement(connectionBinding(endOf(about)))),
      }),
      'connection-binding',
    ],
    [
      'what the service signed for as another instance',
      async (about) => {
        const end = { ...endOf(about), instance: new Uint8Array(32).fill(2) };
        const said = await genuine.machine.identity.connectionEvidence(end);
        return { certificate: new Uint8Array(), ...said, instanceId: instanceId() };
      },
      'connection-binding',
    ],
  ];
  it.each(lies)('does not help who says %s', async (_what, lie, reason) => {
    const thief = await impostor(genuine, lie);
    onTestFinished(() => thief.close());
    expect(await loginBy(thief)).toMatchObject({ code: 'untrusted-server', reason });
  });

  it('does not help who replays what a victim was once told', async () => {
    let recorded: Awaited<ReturnType<Lie>> | undefined;
    const thief = await impostor(genuine, async (about) => {
      // The first time it is the truth, which only the service itself can say.
      const said = await genuine.machine.identity.connectionEvidence(endOf(about));
      recorded ??= { certificate: new Uint8Array(), ...said, instanceId: instanceId() };
      return recorded;
    });
    onTestFinished(() => thief.close());
    using told = await connect({ authentication: thief.url, frontend: thief.url, trust: genuine.trust });
    // Of its two connections, one is told the truth, and then no state; the other is told what was recorded. Which is refused first is open.
    await expect(told.verify()).rejects.toMatchObject({
      code: expect.stringMatching(/^(untrusted-server|unimplemented)$/),
    });
    expect(recorded?.signature).toHaveLength(64);
    expect(await loginBy(thief)).toMatchObject({ code: 'untrusted-server', reason: 'connection-binding' });
  });
});
