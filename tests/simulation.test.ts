/** Histories of the store and of whole platforms in the simulated world, in processes of their own: while one runs, its process has another clock, disk and chance. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { search } from '../scripts/sim/mutate.ts';
import { mutations } from '../scripts/sim/mutations.ts';

const HISTORIES = Number(process.env['GAIWAN_SIM_HISTORIES'] ?? 1000);
const MUTATIONS = Number(process.env['GAIWAN_SIM_MUTATIONS'] ?? 3);
/** Of one process: some ten seconds of a quiet machine. */
const AT_ONCE = 500;
/** Found within 310 histories each when they were last searched for. */
const MOST = 1000;

/** What it prints; where it fails, the failure says it: each seed with the command that replays it. */
const sim = async (...options: string[]): Promise<string> => {
  const command = [join(import.meta.dirname, '../scripts/sim.ts'), ...options];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(process.execPath, command, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Error(`${stdout}${stderr}`, { cause: error }));
  });
  return promise;
};

/** How often each kind of fault came, by what a run prints. */
const countsIn = (printed: string): [kind: string, count: number][] =>
  [...printed.matchAll(/^ *(\d+) {1,2}(.+)$/gm)].map(([, count = '', kind = '']) => [kind, Number(count)]);

const runs = Array.from({ length: Math.ceil(HISTORIES / AT_ONCE) }, (_, index) => ({
  from: 1 + index * AT_ONCE,
  histories: Math.min(AT_ONCE, HISTORIES - index * AT_ONCE),
}));

describe('histories', () => {
  const counts = new Map<string, number>();

  // A failing run prints each seed with its command.
  it.each(runs)('break no rule: $histories from seed $from', async ({ from, histories }) => {
    const printed = await sim('--from', `${from}`, '--histories', `${histories}`);
    expect(printed).toContain(`${histories} histories from seed ${from}: `);
    expect(printed).toContain(' 0 failed\n');
    for (const [kind, count] of countsIn(printed)) counts.set(kind, (counts.get(kind) ?? 0) + count);
  });

  it('have faults, of each kind where there are many', () => {
    expect(counts.size).toBeGreaterThan(30);
    const missing = [...counts].filter(([, count]) => count === 0).map(([kind]) => kind);
    if (HISTORIES >= 1000) expect(missing).toEqual([]);
    expect(missing.length).toBeLessThan(counts.size / 2);
  });

  it.each([
    { kind: 'store', seed: '10', call: 'fsync /gaiwan/data/store.sqlite-wal' },
    { kind: 'platform', seed: '7', call: 'InvokeTask: done' },
  ])('of the $kind are the same for the same seed, to each call of the disk', async ({ seed, call }) => {
    const [first, again, other] = [
      await sim('--seed', seed),
      await sim('--seed', seed),
      await sim('--seed', `${Number(seed) + 10}`),
    ];
    expect(first).toContain(call);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('a day', () => {
  it('passes with rotations, renewals, new sessions, kills and a suspended machine', async () => {
    const done = new Map(countsIn(await sim('--day')).map(([what, count]) => [what, count]));
    const least = {
      rotations: 5,
      renewals: 40,
      logins: 8,
      tasks: 100,
      connections: 20,
      starts: 5,
      hours: 24,
    };
    for (const [what, count] of Object.entries(least))
      expect(done.get(what), what).toBeGreaterThanOrEqual(count);
  });
});

describe('a mistake that is put back is found', () => {
  it.each(mutations.slice(0, MUTATIONS))('$name', (mutation) => {
    expect(search(mutation, MOST).why).toBeDefined();
  });
});
