/** k-means of 100,000 x 20 in 10 groups beside scikit-learn, one thread each, from the same ten centers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lloyd } from '../packages/functions/src/kernels/kmeans/lloyd.ts';
import { squaredLengths } from '../packages/functions/src/kernels/kmeans/points.ts';
import { groupedRows, print, printRatio, timed } from './algorithms-data.ts';
import { type PeerResult, pythonPeer } from './python-peer.ts';

const [ROWS, COLUMNS, GROUPS, ROUNDS] = [100_000, 20, 10, 5] as const;

interface Peer extends PeerResult {
  readonly inertia: number;
  readonly iterations: number;
}

export async function run(): Promise<void> {
  console.log(`kmeans: ${ROWS} x ${COLUMNS}, ${GROUPS} groups, median of ${ROUNDS}`);
  const values = groupedRows(ROWS, COLUMNS, GROUPS);
  const begin = values.slice(0, GROUPS * COLUMNS);
  const { times, last } = await timed(ROUNDS, () =>
    lloyd({ rows: ROWS, columns: COLUMNS, values, squares: squaredLengths(values, COLUMNS) }, begin, {
      iterations: 300,
      movement: 0,
    }),
  );
  print('ours', times, `${last.iterations} iterations, inertia ${last.inertia.toPrecision(12)}`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    const path = join(folder, 'kmeans.f64');
    writeFileSync(path, values);
    const args = ['kmeans', path, String(ROWS), String(COLUMNS), String(GROUPS)];
    const peer = pythonPeer<Peer>('algorithms.py', args);
    if (!peer) return;
    print(
      `KMeans().fit: ${peer.versions}`,
      peer.times,
      `${peer.iterations} iterations, inertia ${peer.inertia.toPrecision(12)}`,
    );
    printRatio(times, peer.times, 1.5);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
