import { create } from '@bufbuild/protobuf';
import { worker as wire } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { PATIENCE_MS, Roster } from './roster.ts';
import { AttachedWorker } from './workers.ts';

const worker = (workerId: string, ...pairs: string[]) =>
  new AttachedWorker(
    create(wire.HelloSchema, { workerId, capabilities: pairs.map((pair) => ({ pairs: [pair], slots: 2 })) }),
    0,
  );

describe('whether a task can be run', () => {
  it('nobody knows while nobody is attached', () => {
    expect(new Roster({}, 0).canRun({ pair: 'wasm/wasm' }, PATIENCE_MS * 10)).toBe(true);
  });

  it('is known once the workers that are being started have come, or not come for long', () => {
    const roster = new Roster({ expected: ['w0', 'w1'] }, 0);
    roster.attach(worker('w0', 'builtin/builtin'));
    expect(roster.canRun({ pair: 'wasm/wasm' }, 1)).toBe(true);
    expect(roster.canRun({ pair: 'wasm/wasm' }, PATIENCE_MS)).toBe(false);
    roster.attach(worker('w1', 'builtin/builtin'));
    expect(roster.canRun({ pair: 'wasm/wasm' }, 1)).toBe(false);
  });

  it('is known later where strangers may come', () => {
    const roster = new Roster({ others: true }, 0);
    roster.attach(worker('w0', 'builtin/builtin'));
    expect([1, PATIENCE_MS].map((now) => roster.canRun({ pair: 'wasm/wasm' }, now))).toEqual([true, false]);
  });

  it('stays open for a while after the last that could has gone', () => {
    const roster = new Roster({}, 0);
    const [one, other] = [worker('w0', 'wasm/wasm'), worker('w1', 'builtin/builtin')];
    roster.attach(one);
    roster.attach(other);
    expect(roster.detach(one, 100)).toBe(true);
    expect(roster.detach(one, 100)).toBe(false);
    const at = [100, 100 + PATIENCE_MS - 1, 100 + PATIENCE_MS];
    expect(at.map((now) => roster.canRun({ pair: 'wasm/wasm' }, now))).toEqual([true, true, false]);
  });

  it('twice wants two workers, and the second run another than the first', () => {
    const roster = new Roster({}, 0);
    roster.attach(worker('w0', 'wasm/wasm'));
    expect(roster.canRunTwice('wasm/wasm', 0)).toBe(false);
    expect(roster.canRun({ pair: 'wasm/wasm', not: 'w0' }, 0)).toBe(false);
    // The same worker again, in another process, is no other worker.
    roster.attach(worker('w0', 'wasm/wasm'));
    expect(roster.canRunTwice('wasm/wasm', 0)).toBe(false);
    roster.attach(worker('w1', 'wasm/wasm'));
    expect(roster.canRunTwice('wasm/wasm', 0)).toBe(true);
    expect(roster.canRun({ pair: 'wasm/wasm', not: 'w0' }, 0)).toBe(true);
  });
});

describe('room for a task', () => {
  const pair = 'wasm/wasm';

  it('is with the least busy, and each executor has slots of its own', () => {
    const roster = new Roster({}, 0);
    const [one, other] = [worker('w0', pair, 'builtin/builtin'), worker('w1', pair)];
    roster.attach(one);
    roster.attach(other);
    const given: string[] = [];
    for (let task = 0; ; task++) {
      const place = roster.roomFor({ pair });
      if (!place) break;
      place.worker.take(place.capability, { taskId: `task-${task}`, token: 1 });
      given.push(place.worker.id);
    }
    expect(given.sort()).toEqual(['w0', 'w0', 'w1', 'w1']);
    expect(roster.roomFor({ pair: 'builtin/builtin' })?.worker).toBe(one);
    one.release('task-0', 2);
    expect(roster.roomFor({ pair })).toBeUndefined();
    one.release('task-0', 1);
    one.release('task-0', 1);
    other.release('task-0', 1);
    expect(roster.roomFor({ pair })).toBeDefined();
    expect(roster.roomFor({ pair, not: 'w0' })?.worker.id === 'w0').toBe(false);
  });

  it('is with another worker than the one that lost it, if one is free; else with that one', () => {
    const roster = new Roster({}, 0);
    const [one, other] = [worker('w0', pair), worker('w1', pair)];
    roster.attach(one);
    roster.attach(other);
    const where = (need: object) => roster.roomFor({ pair, ...need })?.worker.id;
    const [free] = other.capabilities;
    if (!free) throw new Error('it has one');
    other.take(free, { taskId: 'task-1', token: 1 });
    // It has more room.
    expect([where({}), where({ rather: 'w0' })]).toEqual(['w0', 'w1']);
    other.take(free, { taskId: 'task-2', token: 1 });
    expect(where({ rather: 'w0' })).toBe('w0');
    // Room ahead of its slots is no free slot.
    other.release('task-2', 1, 1);
    other.take(free, { taskId: 'task-3', token: 1 });
    expect([where({ rather: 'w0' }), where({ rather: 'w0', not: 'w0' })]).toEqual(['w0', 'w1']);
  });

  it('is also ahead of those who are quick, until they are not', () => {
    const roster = new Roster({}, 0);
    const only = worker('w0', pair);
    roster.attach(only);
    const fill = () => {
      let count = 0;
      for (let place = roster.roomFor({ pair }); place; place = roster.roomFor({ pair }))
        place.worker.take(place.capability, { taskId: `task-${count++}`, token: 1 });
      return count;
    };
    expect(fill()).toBe(2);
    only.release('task-0', 1, 3);
    expect(fill()).toBeGreaterThan(30);
    only.release('task-1', 1, 1000);
    expect(roster.roomFor({ pair })).toBeUndefined();
  });
});

describe('an executor whose processes do not start', () => {
  const pair = 'wasm/wasm';
  const { ABLE, COMING, UNABLE } = wire.Ability;
  const arrived = (ability: wire.Ability) => {
    const roster = new Roster({}, 0);
    const one = new AttachedWorker(
      create(wire.HelloSchema, { workerId: 'w0', capabilities: [{ pairs: [pair], slots: 1, ability }] }),
      0,
    );
    roster.attach(one);
    const become = (next: wire.Ability, now: number) =>
      one.change(create(wire.AbilityChangeSchema, { executor: 0, ability: next }), now);
    return { roster, one, become };
  };

  it('that never started gets no task, and none waits for it', () => {
    const { roster, become } = arrived(UNABLE);
    expect([roster.canRun({ pair }, 1), roster.roomFor({ pair })]).toEqual([false, undefined]);
    become(ABLE, 1);
    expect([roster.canRun({ pair }, 1), roster.roomFor({ pair }) !== undefined]).toEqual([true, true]);
  });

  it('that is being started gets no task yet, and they wait', () => {
    const { roster, become } = arrived(COMING);
    expect([roster.canRun({ pair }, PATIENCE_MS * 10), roster.roomFor({ pair })]).toEqual([true, undefined]);
    become(UNABLE, PATIENCE_MS * 10);
    expect(roster.canRun({ pair }, PATIENCE_MS * 10)).toBe(false);
  });

  it('any more is waited for a while, as a worker that has gone', () => {
    const { roster, become } = arrived(ABLE);
    become(UNABLE, 100);
    // Said again, it is no news.
    become(UNABLE, 5000);
    expect(roster.roomFor({ pair })).toBeUndefined();
    const at = [100, 100 + PATIENCE_MS - 1, 100 + PATIENCE_MS];
    expect(at.map((now) => roster.canRun({ pair }, now))).toEqual([true, true, false]);
    become(ABLE, 200 + PATIENCE_MS);
    expect(roster.roomFor({ pair })).toBeDefined();
  });

  it('is told of before it is asked what runs; of one that there is not, nothing happens', async () => {
    const { roster, one, become } = arrived(COMING);
    let known = false;
    const complete = roster.complete().then(() => {
      known = true;
    });
    one.change(create(wire.AbilityChangeSchema, { executor: 7, ability: ABLE }), 1);
    roster.changed();
    await Promise.resolve();
    expect(known).toBe(false);
    become(UNABLE, 1);
    roster.changed();
    await complete;
  });
});
