/**
 * Histories of the product in a simulated world (docs/simulation.md).
 *
 *     npm run sim -- --seed N                       replays one, and prints what happens in it
 *     npm run sim -- --histories N [--from SEED]    runs many, and prints how often each kind of fault came
 *     ... --kind store|platform                     of histories of one kind alone
 *     npm run sim -- --day [--seed N]               runs a day of a platform, and prints what was done in it
 *     npm run sim -- --mutations [--only WORD] [--histories N]    puts known mistakes into a copy of the product, and prints how each is found
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import {
  type HistoryKind,
  type HistoryResult,
  kindOf,
  runDay,
  runHistories,
  runHistory,
  Vfs,
} from '@gaiwan/sim';
import { search } from './sim/mutate.ts';
import { mutations } from './sim/mutations.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    histories: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    mutations: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    kind: { type: 'string' },
    day: { type: 'boolean', default: false },
  },
});

/** From so many histories on, a kind of fault that never came is a mistake of the simulation. */
const ALL_KINDS = 1000;

function kindIn(text: string | undefined): HistoryKind | undefined {
  if (text === undefined || text === 'store' || text === 'platform') return text;
  throw new Error(`there are no histories of the kind ${text}`);
}

const explain = ({ seed, kind, why = '' }: HistoryResult) => {
  const option = kind === kindOf(seed) ? '' : ` --kind ${kind}`;
  console.log(`FAILED: npm run sim -- --seed ${seed}${option}\n${why}\n`);
};

async function replay(vfs: Vfs, seed: number): Promise<boolean> {
  const result = await runHistory(vfs, seed, (line) => console.log(line), kindIn(values.kind));
  const counts = [...result.counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  console.log(
    `seed ${seed}: ${result.end}, a history of the ${result.kind}; ${counts || 'no faults'}; ${result.digest}`,
  );
  if (result.end === 'failed') explain(result);
  return result.end !== 'failed';
}

async function many(vfs: Vfs, from: number, most: number): Promise<boolean> {
  const { histories, kinds, ends, counts, failures } = await runHistories(
    vfs,
    from,
    most,
    kindIn(values.kind),
  );
  failures.forEach(explain);
  for (const [kind, count] of counts) console.log(`${String(count).padStart(8)}  ${kind}`);
  console.log(
    `${kinds.store.histories} histories of the store with ${kinds.store.commits} acknowledged commits, ${kinds.platform.histories} of a platform with ${kinds.platform.commits} tasks`,
  );
  console.log(
    `${histories} histories from seed ${from}: ${ends.whole} whole, ${ends.refused} refused where the medium had lied, ${ends.failed} failed`,
  );
  const missing = [...counts].filter(([, count]) => count === 0).map(([kind]) => kind);
  if (histories < ALL_KINDS || missing.length === 0) return failures.length === 0;
  console.log(`FAILED: these faults never came: ${missing.join(', ')}`);
  return false;
}

async function day(vfs: Vfs, seed: number): Promise<boolean> {
  const digest = createHash('sha256');
  const done = await runDay(vfs, seed, (line) => digest.update(`${line}\n`));
  for (const [what, count] of Object.entries(done)) console.log(`${Math.floor(count)}`.padStart(8), what);
  console.log(`a day of seed ${seed}: whole; ${digest.digest('hex')}`);
  return true;
}

function mutate(most: number): boolean {
  let areFound = true;
  for (const mutation of mutations.filter(({ name }) => name.includes(values.only))) {
    const { histories, why } = search(mutation, most);
    areFound &&= why !== undefined;
    console.log(`${mutation.name}: ${why ? `history ${histories}: ${why}` : `NOT FOUND in ${histories}`}`);
  }
  return areFound;
}

async function run(): Promise<boolean> {
  if (values.mutations) return mutate(Number(values.histories));
  const vfs = await Vfs.load();
  if (values.day) return day(vfs, Number(values.seed ?? '1'));
  return values.seed === undefined
    ? many(vfs, Number(values.from), Number(values.histories))
    : replay(vfs, Number(values.seed));
}

// Timers of what a world was left with, and threads, are nobody's.
process.exit((await run()) ? 0 : 1);
