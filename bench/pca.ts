/**
 * Principal components of 100,000 x 50 beside scikit-learn, one thread each: the computation alone on numbers in memory
 * (components of the covariance, then 10 coordinates a row), and the whole from CSV to CSV. Then how it grows.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Projection } from '../packages/functions/src/kernels/linalg/project.ts';
import { Moments } from '../packages/functions/src/kernels/pca/moments.ts';
import { csvOf, groupedRows, print, printRatio, timed } from './algorithms-data.ts';
import { growthTable, repeat, report, runOnChunks } from './models.ts';
import { type PeerResult, pythonPeer } from './python-peer.ts';

const [ROWS, COLUMNS, KEPT, ROUNDS] = [100_000, 50, 10, 15] as const;
const GROWTH_COLUMNS = 10;

interface Peer extends PeerResult {
  readonly components: number[][];
}

function compute(values: Float64Array) {
  const moments = new Moments(COLUMNS, true);
  moments.add(values, ROWS);
  const components = moments.components();
  const projected = new Float64Array(ROWS * KEPT);
  new Projection(COLUMNS, KEPT, { origin: components.mean })
    .set(components.vectors)
    .apply(values, ROWS, projected);
  return components;
}

/** From CSV to CSV: `block` of rows, `times` over. */
const whole = (block: Uint8Array, times: number, columns: number, kept: number) =>
  runOnChunks(
    'builtin_principal_components_analysis',
    { n: kept, center: true, feature_size: columns, solver: 'covariance' },
    { input_data: () => repeat(block, times) },
    block.length * times,
  );

function checkComponents(mine: Float64Array, theirs: number[][]): void {
  theirs.forEach((component, k) => {
    const own = mine.subarray(k * COLUMNS, (k + 1) * COLUMNS);
    const cosine = component.reduce((sum, one, i) => sum + one * (own[i] as number), 0);
    const off = component.map((one, i) => Math.abs(one - Math.sign(cosine) * (own[i] as number)));
    if (Math.max(...off) > 1e-8) throw new Error(`component ${k} differs by ${Math.max(...off)}`);
  });
}

async function measure(folder: string): Promise<void> {
  const values = groupedRows(ROWS, COLUMNS, 12);
  const [doubles, text] = [join(folder, 'pca.f64'), join(folder, 'pca.csv')];
  writeFileSync(doubles, values);
  const size = [String(ROWS), String(COLUMNS), String(KEPT)];

  const ours = await timed(ROUNDS, () => compute(values));
  print('ours: covariance, components, projection, in memory', ours.times);
  const peer = pythonPeer<Peer>('algorithms.py', ['pca', doubles, ...size]);
  if (peer) {
    print(`PCA().fit_transform: ${peer.versions}`, peer.times);
    checkComponents(ours.last.vectors, peer.components);
    console.log('components agree to 1e-8 up to sign');
    printRatio(ours.times, peer.times, 1.4);
  }

  // Only now: what garbage collection has to do with so much text is no part of the above.
  writeFileSync(text, csvOf(values, ROWS, COLUMNS));
  const csv = readFileSync(text);
  const { times } = await timed(3, () => whole(csv, 1, COLUMNS, KEPT));
  print(`ours: ${csv.length >> 20} MiB of CSV read twice, ${KEPT} numbers a row written`, times);
  const slow = pythonPeer<Peer>('algorithms.py', ['pca-csv', text, ...size]);
  if (!slow) return;
  print('numpy.loadtxt, PCA, numpy.savetxt (one round)', slow.times);
  printRatio(times, slow.times);
}

/** One run for the growth table: the same 10,000 rows over and over. The rows' results are held by the bench. */
async function grow(rows: number): Promise<void> {
  const block = csvOf(groupedRows(10_000, GROWTH_COLUMNS, 5), 10_000, GROWTH_COLUMNS);
  report((await whole(block, rows / 10_000, GROWTH_COLUMNS, 1)).ms);
}

export async function run(): Promise<void> {
  console.log(`pca: ${ROWS} x ${COLUMNS}, ${KEPT} components, median of ${ROUNDS}`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`growth, CSV to CSV, ${GROWTH_COLUMNS} columns, 1 component:`);
  growthTable(fileURLToPath(import.meta.url));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === 'grow') await grow(Number(process.argv[3]));
  else await run();
}
