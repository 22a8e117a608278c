import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../clock.ts';
import { type AttestationServiceOptions, attestationHandler } from '../services/attestation/http.ts';
import { RateLimit } from './rate-limit.ts';
import { sourceOf } from './source.ts';

const ample = { perSecond: 1e6, burst: 1e6 };
function clocked(each: { perSecond: number; burst: number }, all = ample) {
  const clock = { now: 1_000_000 };
  return { clock, limit: new RateLimit(each, all, () => clock.now) };
}
const taken = (limit: RateLimit, address: string, times: number) =>
  Array.from({ length: times }, () => limit.take(address)).filter((wait) => wait === 0).length;

describe('a rate limit', () => {
  it('lets a burst through, then as much as flows in, and never more than a burst', () => {
    const { clock, limit } = clocked({ perSecond: 10, burst: 4 });
    expect(taken(limit, 'a', 10)).toBe(4);
    clock.now += 99;
    expect(limit.take('a')).toBe(1);
    clock.now += 1;
    expect(taken(limit, 'a', 10)).toBe(1);
    clock.now += 250;
    expect(taken(limit, 'a', 10)).toBe(2);
    clock.now += 3_600_000;
    expect(taken(limit, 'a', 10)).toBe(4);
  });

  it('says how long to wait, and that is enough', () => {
    const { clock, limit } = clocked({ perSecond: 0.2, burst: 1 });
    expect(limit.take('a')).toBe(0);
    const wait = limit.take('a');
    expect(wait).toBe(5);
    clock.now += wait * 1000 - 1;
    expect(limit.take('a')).toBe(1);
    clock.now += 1;
    expect(limit.take('a')).toBe(0);
  });

  it('counts each for itself, and all together', () => {
    const { clock, limit } = clocked({ perSecond: 1, burst: 3 }, { perSecond: 2, burst: 5 });
    expect([taken(limit, 'a', 5), taken(limit, 'b', 5), taken(limit, 'c', 5)]).toEqual([3, 2, 0]);
    // What was refused cost nothing.
    clock.now += 1000;
    expect(taken(limit, 'c', 5)).toBe(2);
  });

  it('a clock that goes back gives nothing and takes nothing', () => {
    const { clock, limit } = clocked({ perSecond: 1, burst: 2 });
    expect(taken(limit, 'a', 2)).toBe(2);
    clock.now -= 60_000;
    expect(limit.take('a')).toBe(1);
    clock.now += 1000;
    expect(limit.take('a')).toBe(0);
  });

  it('remembers the 10,000 that asked last, and forgets the one that asked longest ago', () => {
    const { limit } = clocked({ perSecond: 1e-9, burst: 1 });
    expect(limit.take('first')).toBe(0);
    for (let index = 1; index < 10_000; index++) limit.take(`a${index}`);
    expect(limit.take('first')).toBeGreaterThan(0);
    // It has just asked: the next to go is a1.
    expect(limit.take('one more')).toBe(0);
    expect(limit.take('first')).toBeGreaterThan(0);
    expect(limit.take('a1')).toBe(0);
    expect(limit.remembered).toBe(10_000);
  });

  it('does not remember whom it let do nothing: they would push out those that it counts', () => {
    const { limit } = clocked({ perSecond: 1, burst: 1 }, { perSecond: 1e-9, burst: 1 });
    expect(limit.take('a')).toBe(0);
    for (let index = 0; index < 20_000; index++) limit.take(`b${index}`);
    expect(limit.remembered).toBe(1);
  });
});

describe('who asks', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s is counted as %s', (address, source) => expect(sourceOf(address)).toBe(source));
});

describe('the service', () => {
  const get = (port: number, path: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path }, (answer) => resolve(answer.resume()));
      sent.once('error', reject).end();
    });

  it('counts every request, also those that it knows the answer to, or none', async () => {
    const options = {
      keys: { rootCertificate: new Uint8Array(3) },
      rate: { perSecond: 0.01, burst: 3 },
      clock: systemClock,
      report: () => undefined,
    } as unknown as AttestationServiceOptions;
    const server = createServer(attestationHandler(options, 'kid', {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const answers: (number | undefined)[] = [];
    for (const path of ['/.well-known/jwks.json', '/report-root.pem', '/nothing', '/.well-known/jwks.json'])
      answers.push((await get(port, path)).statusCode);
    expect(answers).toEqual([200, 200, 404, 429]);
  });
});
