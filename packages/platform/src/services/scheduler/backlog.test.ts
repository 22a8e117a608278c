import { describe, expect, it } from 'vitest';
import { Fairness, type FairnessOptions } from '../../fairness/settings.ts';
import { shareOf } from '../../fairness/share.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { Backlog, type Taken } from './backlog.ts';
import type { Need } from './roster.ts';

const open = (options: FairnessOptions = {}) => new Backlog(new Fairness(options));
const share = (user: string, group?: string, broughtBy?: string) =>
  shareOf({
    creator: subjectOf(user),
    group,
    ...(broughtBy !== undefined && { broughtBy: subjectOf(broughtBy) }),
  });
const add = (backlog: Backlog, taskId: string, pair: string, not?: string) =>
  backlog.add({
    taskId,
    token: 0,
    share: share('ann'),
    priority: 0,
    pair,
    ...(not !== undefined && { not }),
  });
const only = (pair: string) => (need: Need) => (need.pair === pair ? true : undefined);
const next = (backlog: Backlog, find: (need: Need) => true | undefined) => backlog.take(find)?.waiting.taskId;

describe('the backlog', () => {
  it('gives the oldest of those for which there is a place', () => {
    const backlog = open();
    for (const [task, pair] of [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'a'],
    ] as const)
      add(backlog, task, pair);
    expect(next(backlog, only('b'))).toBe('2');
    expect(next(backlog, () => true)).toBe('1');
    expect(next(backlog, only('b'))).toBeUndefined();
    expect(next(backlog, only('a'))).toBe('3');
    expect(next(backlog, () => true)).toBeUndefined();
  });

  it('asks once for all that need the same', () => {
    const backlog = open();
    for (let task = 0; task < 1000; task++) add(backlog, `${task}`, 'a');
    add(backlog, 'other', 'b');
    let asked = 0;
    const found = backlog.take((need) => {
      asked++;
      return only('b')(need);
    });
    expect(found?.waiting.taskId).toBe('other');
    expect(asked).toBe(2);
  });

  it('forgets a task that is cancelled, and keeps one that comes again once', () => {
    const backlog = open();
    add(backlog, '1', 'a');
    backlog.remove('1');
    backlog.remove('1');
    add(backlog, '2', 'a');
    add(backlog, '2', 'a', 'w0');
    expect(next(backlog, ({ not }) => (not === undefined ? true : undefined))).toBeUndefined();
    expect(next(backlog, () => true)).toBe('2');
    expect(next(backlog, () => true)).toBeUndefined();
  });

  it('gives up whole lanes', () => {
    const backlog = open();
    add(backlog, '1', 'a');
    add(backlog, '2', 'b');
    add(backlog, '3', 'a');
    expect(backlog.takeAll(({ pair }) => pair === 'a').map(({ taskId }) => taskId)).toEqual(['1', '3']);
    expect(next(backlog, () => true)).toBe('2');
  });
});

/** Slots of one executor, on a clock of the test: tasks take the time that their name says, e.g. `ann 100`. */
class Slots {
  readonly #backlog: Backlog;
  readonly #slots: number;
  #running: { readonly until: number; readonly task: Taken<true> }[] = [];
  readonly began: string[] = [];
  /** ms that each user's tasks ran. */
  readonly ran = new Map<string, number>();
  now = 0;
  #tasks = 0;

  constructor(slots: number, options: FairnessOptions = {}) {
    this.#slots = slots;
    this.#backlog = open(options);
  }

  queue(
    count: number,
    user: string,
    ms: number,
    { path = share(user), pair = 'a', priority = 0 } = {},
  ): void {
    for (let task = 0; task < count; task++) {
      const taskId = `${user} ${ms} ${priority} ${this.#tasks++}`;
      this.#backlog.add({ taskId, token: 0, share: path, priority, pair });
    }
  }

  /** Until nothing runs, or `until`. */
  run(until = Number.POSITIVE_INFINITY): void {
    for (;;) {
      while (this.#running.length < this.#slots) {
        const task = this.#backlog.take(() => true as const);
        if (!task) break;
        const [user = '', ms] = task.waiting.taskId.split(' ');
        this.began.push(task.waiting.taskId);
        this.#running.push({ until: this.now + Number(ms), task });
        this.ran.set(user, (this.ran.get(user) ?? 0) + Number(ms));
      }
      const next = Math.min(...this.#running.map((one) => one.until));
      if (next > until || this.#running.length === 0) return;
      this.now = next;
      for (const { task } of this.#running.filter((one) => one.until === next)) task.left();
      this.#running = this.#running.filter((one) => one.until !== next);
    }
  }

  /** How many began before the first of a user's. */
  before(user: string): number {
    return this.began.findIndex((task) => task.startsWith(`${user} `));
  }
}

describe('fairness', () => {
  it.each([1, 2, 4])('one task waits for at most two of 500 for each of %i slots', (slots) => {
    const workers = new Slots(slots);
    workers.queue(500, 'ann', 100);
    workers.run(1000);
    const begun = workers.began.length;
    workers.queue(1, 'ben', 100);
    workers.run();
    expect(workers.before('ben') - begun).toBeLessThanOrEqual(2 * slots);
    expect(workers.began).toHaveLength(501);
  });

  it('holds for who has been busy before, and whoever else waits', () => {
    const workers = new Slots(1);
    workers.queue(500, 'ann', 100);
    for (let times = 1; times <= 20; times++) {
      const begun = workers.began.length;
      workers.queue(1, `ben`, 10_000);
      workers.run(workers.now + 15_000);
      expect(workers.began.slice(begun, begun + 3).filter((task) => task.startsWith('ben'))).toHaveLength(1);
    }
  });

  it('gives users with long and with short tasks the same time of several slots', () => {
    const workers = new Slots(4);
    workers.queue(100, 'ann', 60_000);
    workers.queue(25_000, 'ben', 100);
    workers.run(1_200_000);
    const [ann = 0, ben = 1] = [workers.ran.get('ann'), workers.ran.get('ben')];
    expect(ann / ben).toBeGreaterThan(0.9);
    expect(ann / ben).toBeLessThan(1.15);
  });

  it('gives by weight', () => {
    for (const slots of [1, 4]) {
      const workers = new Slots(slots, { weights: { 'user:ann': 3 } });
      workers.queue(500, 'ann', 100);
      workers.queue(500, 'ben', 100);
      workers.run(10_000);
      expect((workers.ran.get('ann') ?? 0) / (workers.ran.get('ben') ?? 1)).toBeCloseTo(3, 0);
    }
  });

  it('gives nobody more for being many', () => {
    const workers = new Slots(1);
    // 50 accounts in 10 groups, all of one function owner's.
    for (let user = 0; user < 50; user++)
      workers.queue(10, `m${user}`, 100, { path: share(`m${user}`, `g${user % 10}`, 'boss') });
    workers.queue(10, 'ben', 100);
    workers.queue(10, 'carl', 100, { path: share('carl', 'bank') });
    workers.run(3_000);
    expect(workers.ran.get('ben')).toBeGreaterThanOrEqual(1000);
    expect(workers.ran.get('carl')).toBeGreaterThanOrEqual(1000);
  });

  it('is between the accounts of a group, too', () => {
    const workers = new Slots(1);
    workers.queue(500, 'ann', 100, { path: share('ann', 'bank') });
    workers.run(1000);
    const begun = workers.began.length;
    workers.queue(1, 'ben', 100, { path: share('ben', 'bank') });
    workers.run();
    expect(workers.before('ben') - begun).toBeLessThanOrEqual(2);
  });

  it('holds between executors that share slots', () => {
    const workers = new Slots(1);
    workers.queue(500, 'ann', 100);
    workers.queue(1, 'ben', 100, { pair: 'b' });
    workers.run();
    expect(workers.before('ben')).toBeLessThanOrEqual(2);
  });

  it('takes the tasks of one user by priority, and those of one priority in order', () => {
    const workers = new Slots(1);
    workers.queue(2, 'ann', 1);
    workers.queue(1, 'ann', 1, { priority: -5 });
    workers.queue(2, 'ann', 1, { priority: 7 });
    workers.queue(1, 'ben', 1, { priority: -9 });
    workers.run();
    expect(workers.before('ben')).toBeLessThanOrEqual(1);
    const anns = workers.began.filter((task) => task.startsWith('ann')).map((task) => task.split(' ')[3]);
    expect(anns).toEqual(['3', '4', '0', '1', '2']);
  });

  it('keeps to numbers at once: of one, and of each', () => {
    const workers = new Slots(10, { atOnce: { user: 3, 'user:ben': 1, 'group:bank': 2 } });
    workers.queue(5, 'ann', 100);
    workers.queue(5, 'ben', 100);
    workers.queue(5, 'carl', 100, { path: share('carl', 'bank') });
    workers.run(50);
    const first = workers.began.map((task) => task.split(' ')[0]).sort();
    expect(first).toEqual(['ann', 'ann', 'ann', 'ben', 'carl', 'carl']);
    workers.run();
    expect(workers.began).toHaveLength(15);
  });
});
