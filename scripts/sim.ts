/**
 * Histories of the product in a simulated world (docs/simulation.md).
 *
 *     npm run sim -- --seed N               replays one, and prints what happens in it
 *     npm run sim -- --histories N [--from SEED]   runs many, and prints how often each kind of fault came
 */
import { parseArgs } from 'node:util';
import { faultKinds, type HistoryResult, runHistory, Vfs } from '@gaiwan/sim';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, histories: { type: 'string' }, from: { type: 'string', default: '1' } },
});

/** From so many histories on, a kind of fault that never came is a mistake of the simulation. */
const ALL_KINDS = 1000;

function explain({ seed, why }: HistoryResult): void {
  console.log(`FAILED: npm run sim -- --seed ${seed}\n${why ?? ''}\n`);
}

async function replay(vfs: Vfs, seed: number): Promise<boolean> {
  const result = await runHistory(vfs, seed, (line) => console.log(line));
  const counts = [...result.counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  console.log(`seed ${seed}: ${result.end}, ${result.commits} commits; ${counts || 'no faults'}; ${result.digest}`);
  if (result.end === 'failed') explain(result);
  return result.end !== 'failed';
}

async function many(vfs: Vfs, histories: number, from: number): Promise<boolean> {
  const counts = new Map<string, number>(Object.keys(faultKinds).map((kind) => [kind, 0]));
  const ends = { whole: 0, refused: 0, failed: 0 };
  let commits = 0;
  for (let seed = from; seed < from + histories; seed++) {
    const result = await runHistory(vfs, seed);
    ends[result.end]++;
    commits += result.commits;
    for (const [kind, count] of result.counts) counts.set(kind, (counts.get(kind) ?? 0) + count);
    if (result.end === 'failed') explain(result);
  }
  for (const [kind, count] of counts) console.log(`${String(count).padStart(8)}  ${kind}`);
  console.log(
    `${histories} histories from seed ${from}: ${ends.whole} whole, ${ends.refused} refused where the medium had lied, ${ends.failed} failed; ${commits} commits acknowledged`,
  );
  const missing = [...counts].filter(([, count]) => count === 0).map(([kind]) => kind);
  if (histories >= ALL_KINDS && missing.length > 0) {
    console.log(`FAILED: these faults never came: ${missing.join(', ')}`);
    return false;
  }
  return ends.failed === 0;
}

const vfs = await Vfs.load();
const isRight =
  values.seed === undefined
    ? await many(vfs, Number(values.histories ?? '1000'), Number(values.from))
    : await replay(vfs, Number(values.seed));
process.exitCode = isRight ? 0 : 1;
