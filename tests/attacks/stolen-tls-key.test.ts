/** Somebody has the TLS key of a genuine service, and its certificate, and stands between it and its clients. */
import { connect } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Genuine, genuineService, PASSWORD, relay } from '../support/thief.ts';

let genuine: Genuine;
beforeAll(async () => {
  genuine = await genuineService();
});
afterAll(() => genuine.close());

describe('a stolen TLS key', () => {
  it('does not help a relay: the client refuses before it says who it is', async () => {
    const thief = await relay(genuine);
    onTestFinished(() => thief.close());
    using client = await connect({ authentication: thief.url, frontend: thief.url, trust: genuine.trust });
    const ended = await client.login('alice', PASSWORD).catch((error: unknown) => error);
    expect(thief.said()).not.toContain(PASSWORD);
    expect(ended).toMatchObject({ code: 'untrusted-server', reason: 'connection-binding' });
  });
});
