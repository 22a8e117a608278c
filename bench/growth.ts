/**
 * How time and memory of a function grow with its input, from 10^4 to 10^7 rows a list (up to `GAIWAN_BENCH_ROWS`): each size in a
 * process of its own, so that the peak is its own.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeList, writeTable } from './lists-data.ts';
import { inputSlots, runOnFiles } from './run-function.ts';

const SIZES = [10_000, 100_000, 1_000_000, 10_000_000];

const SUBJECTS = {
  psi: { name: 'builtin-private-set-intersect', args: { num_user: 2 }, write: writeList },
  'join-aggregate': {
    name: 'builtin-join-aggregate',
    args: { num_user: 2, key: ['id'], aggregates: ['sum(amount)', 'mean(age)'] },
    write: writeTable,
  },
} as const;

export type Subject = keyof typeof SUBJECTS;

/** Prints a table. */
export async function growth(subject: Subject, folder: string): Promise<void> {
  const most = Number(process.env['GAIWAN_BENCH_ROWS'] ?? Infinity);
  const paths = [0, 1].map((party) => join(folder, `growth${party}`));
  console.log('      rows a list      ms   ns a row   peak memory');
  for (const rows of SIZES.filter((size) => size <= most)) {
    for (const [party, path] of paths.entries()) SUBJECTS[subject].write(path, rows, party);
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), subject, folder], {
      encoding: 'utf8',
    });
    if (child.status !== 0) throw new Error(child.stderr);
    const { ms, peak } = JSON.parse(child.stdout) as { ms: number; peak: number };
    const perRow = (ms * 1e6) / (2 * rows);
    console.log(
      `${String(rows).padStart(17)} ${ms.toFixed(0).padStart(7)} ${perRow.toFixed(0).padStart(10)} ${(peak / 1024).toFixed(0).padStart(9)} MiB`,
    );
  }
  for (const path of paths) rmSync(path, { force: true });
}

/** The child: one run, cold. */
async function child(subject: Subject, folder: string): Promise<void> {
  const paths = [0, 1].map((party) => join(folder, `growth${party}`));
  const { name, args } = SUBJECTS[subject];
  const begin = performance.now();
  await runOnFiles(name, args, inputSlots(paths), { output_data0: join(folder, 'growth.out') });
  const ms = performance.now() - begin;
  console.log(JSON.stringify({ ms, peak: process.resourceUsage().maxRSS }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await child(process.argv[2] as Subject, process.argv[3] as string);
}
