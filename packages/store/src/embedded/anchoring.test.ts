/** A store whose newest state is remembered outside of its folder: older states and forks are refused, what was acknowledged never is. */
import type { KeyObject } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnchorOptions } from '../anchor.ts';
import { fileRootKey, type RootKeyCandidate } from '../root-key.ts';
import { StoreError } from '../store.ts';
import { MemoryAnchor } from '../testing/anchor.ts';
import { bytes, refused, text } from '../testing/cases.ts';
import { type EmbeddedStore, type EmbeddedStoreOptions, openEmbeddedStore } from './open.ts';

let folder: string;
let anchor: MemoryAnchor;
let opened: EmbeddedStore[];
let reported: unknown[];
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-anchored-'));
  anchor = new MemoryAnchor();
  opened = [];
  reported = [];
});
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await rm(folder, { recursive: true });
});

type Options = Partial<EmbeddedStoreOptions>;
async function open(name: string, options: Options = { anchor: { anchor } }): Promise<EmbeddedStore> {
  const report = (error: unknown) => reported.push(error);
  const rootKey = fileRootKey(at('root.key'));
  const store = await openEmbeddedStore({ folder: at(name), rootKey, report, ...options });
  opened.push(store);
  return store;
}
/** With an anchor that is waited for so short a time that on a busy machine the first start may be too slow. */
async function openImpatient(
  name: string,
  wait: number,
  more: Partial<AnchorOptions> = {},
): Promise<EmbeddedStore> {
  for (;;) {
    try {
      return await open(name, { anchor: { anchor, wait, ...more } });
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'anchor-unavailable')) throw error;
    }
  }
}
/** Until it is acknowledged: see `openImpatient`. */
async function putPatiently(store: EmbeddedStore, one: string): Promise<void> {
  const isWritten = () =>
    put(store, one).then(
      () => true,
      () => false,
    );
  await expect.poll(isWritten).toBe(true);
}
const put = (store: EmbeddedStore, value: string) =>
  store.commit({ put: [{ key: ['k'], value: bytes(value) }] });
const value = async (store: EmbeddedStore) => text((await store.get(['k']))?.value);
async function commits(name: string, ...values: string[]): Promise<void> {
  const store = await open(name);
  for (const one of values) await put(store, one);
  await store.close();
}
/** Of a store that is closed. */
const copy = (from: string, to: string) => cp(at(from), at(to), { recursive: true });
const waiting = (wait: number, more: Partial<AnchorOptions> = {}): Options => ({
  anchor: { anchor, wait, ...more },
});

describe('an anchor that has forgotten', () => {
  it('is not taken for a new one, not even by a folder from its first start', async () => {
    const store = await open('a');
    await put(store, '1');
    await store.close();
    anchor.state = undefined;
    await refused(open('a'), 'state-rolled-back');
  });

  it('that wants a secret gets the same one at each start, and another one of another store', async () => {
    const given: string[] = [];
    const locked = Object.assign(anchor, {
      unlock: (secret: KeyObject) => void given.push(secret.export().toString('hex')),
    });
    const store = await open('a', { anchor: { anchor: locked } });
    await put(store, '1');
    await store.close();
    await (await open('a', { anchor: { anchor: locked } })).close();
    const other = Object.assign(new MemoryAnchor(), { unlock: locked.unlock });
    await (await open('other', { anchor: { anchor: other } })).close();
    expect(given).toHaveLength(3);
    expect(given[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(given[1]).toBe(given[0]);
    expect(given[2]).not.toBe(given[0]);
  });
});

describe('before a commit is acknowledged', () => {
  it('the anchor has its state', async () => {
    const store = await open('a');
    const { promise, resolve } = Promise.withResolvers<void>();
    anchor.gate = promise;
    const asked = anchor.asked;
    const events: string[] = [];
    const put1 = put(store, '1').then(() => events.push('acknowledged'));
    await expect.poll(() => anchor.asked).toBe(asked + 1);
    expect((await store.head()).commits).toBe((anchor.state?.commits ?? 0) + 1);
    events.push('asked');
    resolve();
    await put1;
    expect(events).toEqual(['asked', 'acknowledged']);
    expect(anchor.state).toEqual(await store.head());
  });

  it('many commits share an advance', async () => {
    const store = await open('a');
    const before = anchor.asked;
    await Promise.all(
      Array.from({ length: 50 }, (_, id) => store.commit({ put: [{ key: [`${id}`], value: bytes('') }] })),
    );
    expect(anchor.asked - before).toBeLessThan(25);
    expect(anchor.state).toEqual(await store.head());
  });

  it('so an answer that was lost is asked for', async () => {
    const store = await open('a');
    anchor.fails = 'lost';
    await put(store, '1');
    anchor.fails = 'no';
    await put(store, '2');
    expect(anchor.state).toEqual(await store.head());
    expect(reported).toHaveLength(1);
  });
});

describe('a start', () => {
  it('goes on from the newest state', async () => {
    await commits('a', '1', '2');
    expect(await value(await open('a'))).toBe('2');
  });

  it('refuses an older one', async () => {
    await commits('a', '1');
    await copy('a', 'old');
    await commits('a', '2');
    await refused(open('old'), 'state-rolled-back');
    expect(await value(await open('a'))).toBe('2');
  });

  it('refuses a fork, with as many commits, and with more', async () => {
    await commits('a', '1');
    await copy('a', 'fork');
    await commits('a', '2');
    const newest = anchor.state;
    const fork = await open('fork', { anchor: 'unchecked' });
    await put(fork, 'x');
    expect((await fork.head()).commits).toBe(newest?.commits);
    await fork.close();
    await refused(open('fork'), 'state-rolled-back');
    const further = await open('fork', { anchor: 'unchecked' });
    for (const one of ['y', 'z']) await put(further, one);
    await further.close();
    await refused(open('fork'), 'state-rolled-back');
    expect(anchor.state).toEqual(newest);
  });

  it('refuses a folder that was emptied, and makes nothing in it', async () => {
    await commits('a', '1');
    await refused(open('empty'), 'state-rolled-back');
    await refused(open('empty'), 'state-rolled-back');
  });

  it('refuses an anchor that has forgotten, and one of another store', async () => {
    await commits('a', '1');
    anchor.state = undefined;
    await refused(open('a'), 'state-rolled-back');
    const other = new MemoryAnchor();
    await (await open('b', { anchor: { anchor: other } })).close();
    await refused(open('a', { anchor: { anchor: other } }), 'state-rolled-back');
  });

  it('refuses to do without the anchor from now on', async () => {
    await commits('a', '1');
    await refused(open('a', {}), 'anchor-missing');
  });

  it('refuses what nobody can tell the age of', async () => {
    await commits('a', '1');
    anchor.fails = 'always';
    await refused(open('a'), 'anchor-unavailable');
    anchor.fails = 'no';
    expect(await value(await open('a'))).toBe('1');
  });

  it('that was cut off before the first commit goes on', async () => {
    anchor.gate = new Promise(() => undefined);
    await refused(open('a', waiting(20)), 'anchor-unavailable');
    anchor.gate = Promise.resolve();
    await commits('a', '1');
    expect(anchor.state?.commits).toBe(1);
  });

  it('takes on an anchor that never had a state in a recovery alone: else one that was emptied would take any copy from before', async () => {
    const before = await open('a', {});
    await put(before, '1');
    await before.close();
    await copy('a', 'before');
    await refused(open('a'), 'state-rolled-back');
    expect(anchor.state).toBeUndefined();
    await (await open('a', { anchor: { anchor }, recover: () => ({}) })).close();
    await commits('a', '2');
    expect(anchor.state?.epoch).toBe(2);
    anchor.state = undefined;
    await refused(open('before'), 'state-rolled-back');
  });
});

describe('an end between the commit and the anchor', () => {
  it.each([
    ['before the anchor took it', 'always' as const],
    ['after it', 'lost' as const],
  ])('%s is no rollback', async (_, fails) => {
    const store = await openImpatient('a', 100);
    await putPatiently(store, '1');
    anchor.gate = new Promise(() => undefined);
    if (fails === 'always') anchor.fails = fails;
    await refused(put(store, '2'), 'anchor-unavailable');
    await store.copyTo(at('crashed'));
    const after = new MemoryAnchor();
    after.state = fails === 'lost' ? await store.head() : anchor.state;
    const again = await open('crashed', { anchor: { anchor: after } });
    expect(await value(again)).toBe('2');
    expect(after.state).toEqual(await again.head());
  });

  it('with further commits on the disk since it was asked is no rollback', async () => {
    const store = await openImpatient('a', 100);
    await putPatiently(store, '1');
    anchor.gate = new Promise(() => undefined);
    const { commits } = await store.head();
    const asked = put(store, '2').catch(() => undefined);
    await expect.poll(async () => (await store.head()).commits).toBe(commits + 1);
    const taken = await store.head();
    const more = ['3', '4'].map((one) => put(store, one).catch(() => undefined));
    await Promise.all([asked, ...more]);
    await store.copyTo(at('crashed'));
    const after = new MemoryAnchor();
    after.state = taken;
    expect(await value(await open('crashed', { anchor: { anchor: after } }))).toBe('4');
  });
});

describe('an anchor that does not answer', () => {
  it('holds commits up until it does', async () => {
    const store = await open('a');
    anchor.fails = 'always';
    const waits = put(store, '1');
    await expect.poll(() => reported.length).toBe(1);
    anchor.fails = 'no';
    await waits;
    expect(anchor.state).toEqual(await store.head());
  });

  it('says of a commit that it does not acknowledge whether it was written', async () => {
    const store = await openImpatient('a', 20);
    const failed = async (one: string) => {
      const error = await put(store, one).catch((thrown: unknown) => thrown);
      return error instanceof StoreError && [error.code, error.written];
    };
    anchor.fails = 'always';
    expect(await failed('1')).toEqual(['anchor-unavailable', true]);
    expect(await failed('2')).toEqual(['anchor-unavailable', false]);
    // Whoever asks whether the store takes writes again asks with nothing.
    await refused(store.commit({}), 'anchor-unavailable');
    expect(await value(store)).toBe('1');
    anchor.fails = 'no';
    await expect
      .poll(() =>
        store.commit({}).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it('is not waited for for ever, and then nothing more is written', async () => {
    const store = await openImpatient('a', 20);
    anchor.fails = 'always';
    await refused(put(store, '1'), 'anchor-unavailable');
    const { commits } = await store.head();
    await refused(put(store, '2'), 'anchor-unavailable');
    expect((await store.head()).commits).toBe(commits);
    anchor.fails = 'no';
    await expect
      .poll(() =>
        put(store, '3').then(
          () => 'written',
          () => 'refused',
        ),
      )
      .toBe('written');
    expect(anchor.state).toEqual(await store.head());
  });

  it('has moved: nothing is written any more', async () => {
    const store = await open('a');
    anchor.state = { epoch: 1, commits: 99, digest: new Uint8Array(32) };
    await refused(put(store, '1'), 'anchor-moved');
    const { commits } = await store.head();
    await refused(put(store, '2'), 'anchor-moved');
    expect((await store.head()).commits).toBe(commits);
  });
});

describe('a stop while the anchor is silent', () => {
  // Longer than any test: only the end of the stop's own time ends a wait.
  const patient = (more: Partial<AnchorOptions> = {}) => waiting(2 ** 31 - 1, { stopWait: 20, ...more });
  const reopened = async () => {
    anchor.gate = Promise.resolve();
    const again = await open('a');
    expect(anchor.state).toEqual(await again.head());
    return value(again);
  };

  it('gives up what waits for it, and keeps all that was acknowledged', async () => {
    const store = await open('a', patient());
    await put(store, '1');
    anchor.gate = new Promise(() => undefined);
    const waits = put(store, '2').catch((error: unknown) => error);
    await expect.poll(async () => (await store.head()).commits).toBe(2);
    store.hurry();
    expect(await waits).toMatchObject({ code: 'anchor-unavailable', written: true });
    await refused(put(store, '3'), 'anchor-unavailable');
    await store.close();
    // Written, and never acknowledged: it is there, or not.
    expect(await reopened()).toBe('2');
  });

  it('ends also where nobody has said before that it comes', async () => {
    const store = await open('a', patient());
    await put(store, '1');
    anchor.gate = new Promise(() => undefined);
    const waits = put(store, '2').catch((error: unknown) => error);
    await expect.poll(async () => (await store.head()).commits).toBe(2);
    await store.close();
    expect(await waits).toMatchObject({ code: 'anchor-unavailable', written: true });
    expect(await reopened()).toBe('2');
  });

  it('keeps what was acknowledged at intervals, of which the anchor never heard', async () => {
    const store = await open('a', patient({ interval: 3_600_000 }));
    const before = anchor.state;
    anchor.gate = new Promise(() => undefined);
    for (const one of ['1', '2', '3']) await put(store, one);
    await store.close();
    expect(anchor.state).toEqual(before);
    expect(await reopened()).toBe('3');
  });

  it('waits for one that answers', async () => {
    const store = await open('a', waiting(2 ** 31 - 1, { interval: 3_600_000, stopWait: 2 ** 31 - 2 }));
    await put(store, '1');
    const { promise, resolve } = Promise.withResolvers<void>();
    anchor.gate = promise;
    const asked = anchor.asked;
    const head = await store.head();
    store.hurry();
    const closed = store.close();
    await expect.poll(() => anchor.asked).toBe(asked + 1);
    resolve();
    await closed;
    expect(anchor.state).toEqual(head);
  });
});

describe('at intervals', () => {
  it('commits are acknowledged at once, and anchored later, at the latest at the end', async () => {
    const store = await open('a', waiting(30_000, { interval: 3_600_000 }));
    const before = anchor.state;
    await put(store, '1');
    expect(anchor.state).toEqual(before);
    const head = await store.head();
    await store.close();
    expect(anchor.state).toEqual(head);
  });

  it('by itself', async () => {
    const store = await open('a', waiting(30_000, { interval: 5 }));
    await put(store, '1');
    const head = await store.head();
    await expect.poll(() => anchor.state).toEqual(head);
  });

  it('nothing more is written where the anchor stays silent', async () => {
    const store = await openImpatient('a', 20, { interval: 5 });
    anchor.gate = new Promise(() => undefined);
    let written = 0;
    const refusal = async () => {
      const error: unknown = await put(store, String(written + 1)).then(
        () => void written++,
        (thrown: unknown) => thrown,
      );
      return error instanceof StoreError && [error.code, error.written];
    };
    await expect.poll(refusal).toEqual(['anchor-unavailable', false]);
    const { commits } = await store.head();
    expect(await refusal()).toEqual(['anchor-unavailable', false]);
    expect((await store.head()).commits).toBe(commits);
    expect(await value(store)).toBe(String(written));
  });
});

describe('a recovery', () => {
  const recover: Options['recover'] = ({ epoch, accepted, anchored }) => ({
    append: [
      { log: 'audit', value: bytes(`${epoch} of ${accepted.commits}, anchored ${anchored?.commits}`) },
    ],
  });

  it('accepts an older state in a new epoch, which it writes about, and refuses all others from then on', async () => {
    await commits('a', '1');
    await copy('a', 'old');
    await commits('a', '2');
    await copy('a', 'lost');
    const store = await open('old', { anchor: { anchor }, recover });
    expect(await value(store)).toBe('1');
    expect((await store.head()).epoch).toBe(2);
    expect((await store.log('audit')).map((entry) => text(entry.value))).toEqual(['2 of 1, anchored 2']);
    expect(anchor.state).toEqual(await store.head());
    await store.close();
    expect((await (await open('old')).head()).epoch).toBe(2);
    await refused(open('lost'), 'state-rolled-back');
  });

  it('with an anchor that has nothing says in the root that it was anchored, so that none that was emptied takes a copy', async () => {
    await commits('a', '1');
    anchor.state = undefined;
    await (await open('a', { anchor: { anchor }, recover })).close();
    await copy('a', 'resting');
    await commits('a', '2');
    anchor.state = undefined;
    await refused(open('resting'), 'state-rolled-back');
  });

  it('with an anchor that has nothing, and that takes nothing, is done again', async () => {
    await commits('a', '1');
    anchor.state = undefined;
    anchor.gate = new Promise(() => undefined);
    await refused(open('a', { anchor: { anchor, wait: 20 }, recover }), 'anchor-unavailable');
    anchor.gate = Promise.resolve();
    await refused(open('a'), 'state-rolled-back');
    const store = await open('a', { anchor: { anchor }, recover });
    expect((await store.head()).epoch).toBe(3);
    expect(anchor.state).toEqual(await store.head());
  });

  it('that was cut off after the anchor took it is accepted', async () => {
    await commits('a', '1');
    anchor.state = undefined;
    const store = await open('a', { anchor: { anchor }, recover });
    await store.copyTo(at('crashed'));
    expect((await (await open('crashed')).head()).epoch).toBe(2);
  });

  it('begins an epoch that there never was', async () => {
    await commits('a', '1');
    await copy('a', 'first');
    for (const epoch of [2, 3]) {
      const again = await open('a', { anchor: { anchor }, recover });
      expect((await again.head()).epoch).toBe(epoch);
      await again.close();
    }
    expect((await (await open('first', { anchor: { anchor }, recover })).head()).epoch).toBe(4);
  });

  it('that ends before the anchor took it is accepted at the next start', async () => {
    await commits('a', '1');
    await copy('a', 'old');
    await commits('a', '2');
    anchor.gate = new Promise(() => undefined);
    await refused(open('old', { anchor: { anchor, wait: 20 }, recover }), 'anchor-unavailable');
    anchor.gate = Promise.resolve();
    const store = await open('old');
    expect((await store.head()).epoch).toBe(2);
    expect(anchor.state?.epoch).toBe(2);
  });

  it('lets go of the anchor where none is named', async () => {
    await commits('a', '1');
    const store = await open('a', { recover });
    await store.close();
    expect((await (await open('a', {})).head()).epoch).toBe(2);
  });

  it('of nothing is refused', async () => {
    await refused(open('nothing', { recover }), 'state-rolled-back');
  });
});

describe('an anchor that keeps what is no state', () => {
  it('is refused as such, also by a recovery, which begins no epoch', async () => {
    await commits('a', '1');
    anchor.fails = 'unreadable';
    await refused(open('a'), 'anchor-unreadable');
    await refused(open('a', { anchor: { anchor }, recover: () => ({}) }), 'anchor-unreadable');
    anchor.fails = 'no';
    expect((await (await open('a')).head()).epoch).toBe(1);
  });

  it('and is removed leaves a recovery to its operator, who says from which epoch on', async () => {
    await commits('a', '1');
    anchor.state = undefined;
    const recovered = (minEpoch: number) => open('a', { anchor: { anchor }, recover: () => ({}), minEpoch });
    const store = await recovered(5);
    expect((await store.head()).epoch).toBe(5);
    expect(anchor.state).toEqual(await store.head());
    await store.close();
    // Never back.
    const further = await recovered(3);
    expect((await further.head()).epoch).toBe(6);
    await further.close();
    for (const none of [0, 1.5, 2 ** 53]) await refused(recovered(none), 'invalid');
    expect((await (await open('a')).head()).epoch).toBe(6);
  });
});

it('an anchor whose read never returns is given up', async () => {
  const silent = Object.assign(new MemoryAnchor(), { read: () => new Promise<undefined>(() => undefined) });
  await refused(open('a', { anchor: { anchor: silent, wait: 20 } }), 'anchor-unavailable');
  const locked = Object.assign(silent, { unlock: () => undefined });
  await refused(open('a', { anchor: { anchor: locked, wait: 20 } }), 'anchor-unavailable');
});

it('a copy that nobody asks an anchor about is not written, although a rotation was not finished in it', async () => {
  const key = fileRootKey(at('root.key'));
  // The same root key again: what matters is that the store gets another key of its own.
  const another = async () => (await key.load({ create: false }))[0] as RootKeyCandidate;
  const store = await open('a', { anchor: { anchor }, rootKey: { ...key, another } });
  const ids = Array.from({ length: 1000 }, (_, id) => String(id));
  await store.commit({ put: ids.map((id) => ({ key: ['each', id], value: bytes(id) })) });
  await store.rotateKeys();
  await store.copyTo(at('copy'));
  await store.close();
  const heads: unknown[] = [];
  for (const _ of [1, 2]) {
    const copy = await open('copy', { anchor: 'unchecked' });
    expect(text((await copy.get(['each', '7']))?.value)).toBe('7');
    heads.push(await copy.head());
    await copy.close();
  }
  expect(heads[1]).toEqual(heads[0]);
});
