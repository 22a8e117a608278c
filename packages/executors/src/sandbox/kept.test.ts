/** What a worker believes of a sandbox that it keeps, and for how long. The processes here say what they like: no interpreter holds them. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nativeRunner } from '../testing/native.ts';
import { reuseBench } from '../testing/reuse.ts';

const runner = () => nativeRunner({ reuse: 'instance' });

/** Serves call after call. `renew`: what it says of itself after each, where `nonce` is that of the call, and `old` that of the one before. */
const serving = (renew = 'next()', served = '""') => `
  const { writeSync } = host.require('fs');
  const { exit } = host.require('process');
  let old = '0'.repeat(32);
  for (;;) {
    const { nonce } = host.ask({ type: 'done' }, Buffer.from(String(${served}))).head;
    const ready = (said) => ({ type: 'ready', protocol: 1, nonce: said });
    const frame = (head) => {
      const text = Buffer.from(JSON.stringify(head));
      const lengths = Buffer.alloc(8);
      lengths.writeUInt32BE(text.length);
      return Buffer.concat([lengths, text]);
    };
    const next = () => { old = nonce; host.job = host.ask(ready(nonce)).head };
    ${renew};
  }`;

describe('a sandbox that serves a second call', () => {
  const { call } = reuseBench(runner, { bounds: { renewalMs: 1000, idleMs: 600_000 } });

  it('is the one that said so with the number of the call', async () => {
    const first = await call(serving());
    for (let i = 0; i < 3; i++) expect(await call(serving())).toMatchObject({ code: 'done', pid: first.pid });
  });

  it.each([
    ['a number of its own', `host.job = host.ask(ready('f'.repeat(32))).head`],
    ['no number', `host.job = host.ask({ type: 'ready', protocol: 1 }).head`],
    ['no such number', `host.job = host.ask(ready('x')).head`],
    ['something else', `host.job = host.ask({ type: 'open', input: 'i' }).head`],
    ['garbage', `host.raw(Buffer.alloc(99, 255)); for (;;);`],
    ['nothing', `for (;;);`],
    ['its end', `exit(0)`],
    // In one write: what came later would end the call that had begun by then.
    ['so twice', `host.raw(Buffer.concat([frame(ready(nonce)), frame(ready(nonce))])); for (;;);`],
    ['so, and half a frame more', `host.raw(Buffer.concat([Buffer.from('000000270000', 'hex')])); next()`],
  ])('is not the one that says %s', async (_what, renew) => {
    const first = await call(serving(renew));
    const second = await call(serving(renew));
    expect(second.code).toBe('done');
    expect(second.pid).not.toBe(first.pid);
  });

  it('is not the one that says the number of the call before', async () => {
    const code = serving(`old === '0'.repeat(32) ? next() : (host.job = host.ask(ready(old)).head)`);
    const pids = [];
    for (let i = 0; i < 3; i++) pids.push((await call(code)).pid);
    expect(pids[1]).toBe(pids[0]);
    expect(pids[2]).not.toBe(pids[1]);
  });

  it('is not the one that answers before it is asked', async () => {
    const code = `
      host.send({ type: 'done' });
      host.send({ type: 'ready', protocol: 1, nonce: '0'.repeat(32) });
      for (;;);`;
    const first = await call(code);
    expect((await call(code)).pid).not.toBe(first.pid);
  });

  it.each([
    ['writes to its log', `host.send(ready(nonce)); LATER writeSync(2, 'x'); for (;;);`],
    ['ends', `host.send(ready(nonce)); LATER exit(0)`],
  ])('is not one that %s while it rests', async (_what, renew) => {
    const sleep = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);';
    const code = serving(renew.replace('LATER', sleep));
    const first = await call(code);
    // Long before it would have rested enough.
    await expect.poll(() => existsSync(`/proc/${first.pid}`)).toBe(false);
    expect(await call(code)).toMatchObject({ code: 'done' });
  });

  it('is not one that begins a frame while it rests', async () => {
    const code = serving(`host.send(ready(nonce)); writeSync(1, 'x'); for (;;);`);
    const first = await call(code);
    // oxlint-disable-next-line tests/no-sleep -- until it has misbehaved, which nobody sees before it is to be used
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const second = await call(code);
    expect(second.code).toBe('done');
    expect(second.pid).not.toBe(first.pid);
  });

  it('gets none of a log that came late', async () => {
    const code = serving(`writeSync(2, 'late'); next()`, `(writeSync(2, 'log'), '')`);
    const first = await call(code);
    const second = await call(code);
    expect([first.log, second.log, second.pid]).toEqual([['log'], ['log'], first.pid]);
  });
});

describe('a sandbox', () => {
  const { call } = reuseBench(runner, { bounds: { most: 2, ofDomain: 1, calls: 3 } });

  it('serves so many calls and no more', async () => {
    const pids = [];
    for (let i = 0; i < 4; i++) pids.push((await call(serving())).pid);
    expect(new Set(pids.slice(0, 3)).size).toBe(1);
    expect(pids[3]).not.toBe(pids[0]);
  });

  it('makes room for those of other domains: what was used longest ago is ended', async () => {
    const [a, b] = [await call(serving(), { domain: 'a' }), await call(serving(), { domain: 'b' })];
    expect((await call(serving(), { domain: 'a' })).pid).toBe(a.pid);
    const c = await call(serving(), { domain: 'c' });
    expect((await call(serving(), { domain: 'a' })).pid).toBe(a.pid);
    expect((await call(serving(), { domain: 'c' })).pid).toBe(c.pid);
    expect((await call(serving(), { domain: 'b' })).pid).not.toBe(b.pid);
  });

  it('of a call that names no domain is ended with it', async () => {
    const first = await call(serving(), { domain: undefined });
    expect((await call(serving(), { domain: undefined })).pid).not.toBe(first.pid);
  });
});

describe('a sandbox that is too old', () => {
  const { call } = reuseBench(runner, { bounds: { ageMs: 0 } });
  it('is ended', async () => {
    const first = await call(serving());
    expect((await call(serving())).pid).not.toBe(first.pid);
  });
});

describe('a sandbox without calls', () => {
  const { call, isAlive } = reuseBench(runner, { bounds: { idleMs: 30 } });
  it('is ended after a while', async () => {
    await call(serving());
    await expect.poll(isAlive, { interval: 10 }).toBe(false);
  });
});
