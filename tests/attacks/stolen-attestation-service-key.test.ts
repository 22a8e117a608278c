/** Somebody has the TLS key of an attestation service, which signs what Teaclave's clients believe. */

import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AttestedIdentity, ConnectionAnswers, serverOptions } from '@gaiwan/enclave';
import { AttestedAgent, askOverHttp1, InstancePin, PeerVerifier, verifyConnection } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openIdentities } from '../../packages/platform/src/compose/identities.ts';
import {
  type AttestationServiceOptions,
  attestationHandler,
} from '../../packages/platform/src/services/attestation/index.ts';
import { impostor, type Lie } from '../../packages/trust/src/testing/impostor.ts';
import { policyOf, type TestMachine, testMachine } from '../../packages/trust/src/testing/machine.ts';
import { relay } from '../support/thief.ts';

const service = { bundle: '01'.repeat(32), configuration: '02'.repeat(32) };
const instance = new Uint8Array(32).fill(7);
const report = (error: unknown) => {
  throw error;
};

let machine: TestMachine;
let identity: AttestedIdentity;
beforeAll(async () => {
  machine = await testMachine();
  identity = await AttestedIdentity.create({ attester: machine.attester(service) });
});
afterAll(() => identity.close());

/** The service's own handler. Nobody gets as far as what it signs with. */
async function genuine(): Promise<number> {
  const options = {
    connections: new ConnectionAnswers(identity, instance),
    keys: { rootCertificate: new Uint8Array(3) },
    clock: { now: Date.now, monotonic: Date.now },
    report,
    // What these tests ask of it needs no more.
  } as unknown as AttestationServiceOptions;
  const server = createServer(serverOptions(identity), attestationHandler(options, 'kid', {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A platform that wants reports about its keys. */
async function platformAt(port: number): Promise<unknown> {
  const trust = await machine.trust();
  const settings = { url: `https://127.0.0.1:${port}`, policy: policyOf(service) };
  return openIdentities({
    attester: machine.attester(),
    configuration: 'cd'.repeat(32),
    trust,
    hosts: [],
    teaclave: { service: settings },
    report,
  }).then(
    (identities) => identities.close(),
    (error: unknown) => error,
  );
}

const untrusted = (reason: string) => ({ code: 'failed', cause: { name: 'UntrustedPeer', reason } });

describe('an attestation service', () => {
  it('attests its connections to relying parties that ask', async () => {
    const port = await genuine();
    const verifier = new PeerVerifier(await machine.trust({ policies: [policyOf(service)] }));
    const pin = new InstancePin();
    const agent = new AttestedAgent({
      host: '127.0.0.1',
      port,
      verifier,
      confirm: ({ socket, peer }) =>
        verifyConnection(socket, {
          peer,
          verifier,
          pin,
          ask: askOverHttp1(socket, new AbortController().signal),
        }),
    });
    onTestFinished(() => agent.destroy());
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ agent, path: '/report-root.pem' }, resolve).once('error', reject).end();
    });
    expect(answer.resume().statusCode).toBe(200);
    expect(pin.id).toBe('07'.repeat(32));
  });

  it('says nothing for a nonce of another length', async () => {
    const port = await genuine();
    const body = JSON.stringify({ nonce: Buffer.alloc(31).toString('base64') });
    const path = '/gaiwan.v1.AttestationService/GetConnectionEvidence';
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, method: 'POST', rejectUnauthorized: false };
      request(options, resolve).once('error', reject).end(body);
    });
    expect(answer.resume().statusCode).toBe(400);
  });
});

describe('a stolen TLS key of an attestation service', () => {
  it('does not help a relay', async () => {
    const thief = await relay({ machine: { identity }, port: await genuine() });
    onTestFinished(() => thief.close());
    expect(await platformAt(thief.port)).toMatchObject(untrusted('connection-binding'));
    expect(thief.said()).toContain('GetConnectionEvidence');
    expect(thief.said()).not.toContain('isvEnclaveQuote');
  });

  const lies: readonly (readonly [what: string, lie: Lie, expected: object])[] = [
    ['nothing', async () => undefined, { code: 'failed' }],
    [
      'its certificate',
      async () => ({ certificate: identity.current.der, instance }),
      untrusted('connection-binding'),
    ],
    [
      'what the service said on another connection',
      async ({ nonce }) => {
        const end = { nonce, exporter: new Uint8Array(32), sessionKey: identity.current.spki, instance };
        return { certificate: new Uint8Array(), ...(await identity.connectionEvidence(end)), instance };
      },
      untrusted('connection-binding'),
    ],
  ];
  it.each(lies)('does not help who says %s', async (_what, lie, expected) => {
    const thief = await impostor(identity.current, lie, {});
    onTestFinished(() => thief.close());
    expect(await platformAt(thief.port)).toMatchObject(expected);
    expect(thief.heard).toEqual([]);
  });
});
