/**
 * Logistic regression of 1,000,000 rows of 20 features beside scikit-learn's lbfgs, one thread each, turn by turn, with
 * the same penalty. scikit-learn gets arrays in memory and two tolerances: its own, and one that gives the digits that
 * ours has. Ours is shown twice: the fit alone, and the whole function from CSV to the model's JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newton } from '../packages/functions/src/kernels/logistic/newton.ts';
import { growthTable, makeRandom, median, repeat, report, runOnChunks } from './models.ts';
import { hasPython, PythonPeer } from './peer.ts';

const [ROWS, FEATURES, L2, ROUNDS] = [1_000_000, 20, 1, 5];
const GOAL = 1;
/** scikit-learn's own, and a strict one. */
const TOLERANCES = ['1e-4', '1e-8'] as const;

interface Data {
  readonly x: Float64Array<ArrayBuffer>;
  readonly y: Float64Array<ArrayBuffer>;
}

function makeData(rows: number): Data {
  const { normal, logistic } = makeRandom(11);
  const weights = Array.from({ length: FEATURES }, () => normal() * 0.5);
  const x = new Float64Array(rows * FEATURES).map(normal);
  const y = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let margin = 0.3;
    for (const [c, weight] of weights.entries()) margin += weight * (x[row * FEATURES + c] as number);
    y[row] = margin + logistic() > 0 ? 1 : 0;
  }
  return { x, y };
}

function* csv({ x, y }: Data): Generator<Uint8Array, void, void> {
  for (let begin = 0; begin < y.length; begin += 1000) {
    const lines: string[] = [];
    for (let row = begin; row < Math.min(y.length, begin + 1000); row++) {
      lines.push(`${x.subarray(row * FEATURES, (row + 1) * FEATURES).join(',')},${y[row]}\n`);
    }
    yield Buffer.from(lines.join(''));
  }
}

const args = { alg_alpha: 1, alg_iters: 100, feature_size: FEATURES, solver: 'newton', l2: L2 };

async function measure(folder: string): Promise<void> {
  const { x, y } = makeData(ROWS);
  const file = join(folder, 'logistic.bin');
  writeFileSync(file, Buffer.from(x.buffer));
  writeFileSync(file, Buffer.from(y.buffer), { flag: 'a' });
  const chunks = [...csv({ x, y })];
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const peer = new PythonPeer('logistic.py', file, ROWS, FEATURES, L2);
  const { sklearn } = await peer.versions();
  const times = {
    alone: [] as number[],
    whole: [] as number[],
    loose: [] as number[],
    strict: [] as number[],
  };
  let distance = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const begin = performance.now();
    const fit = newton(
      { values: x, labels: y, rows: ROWS, features: FEATURES },
      { l2: L2, tolerance: 1e-8, iterations: 100 },
    );
    const alone = performance.now() - begin;
    const whole = await runOnChunks(
      'builtin-logistic-regression-train',
      args,
      { training_data: () => chunks },
      size,
    );
    const [loose, strict] = [
      (await peer.ask(TOLERANCES[0])) as { ms: number },
      (await peer.ask(TOLERANCES[1])) as { ms: number; weights: number[] },
    ];
    distance = Math.max(...strict.weights.map((weight, c) => Math.abs(weight - (fit.weights[c] as number))));
    // The first round warms up.
    if (round === 0) continue;
    times.alone.push(alone);
    times.whole.push(whole.ms);
    times.loose.push(loose.ms);
    times.strict.push(strict.ms);
  }
  peer.close();
  const print = (what: string, values: number[]) =>
    console.log(`${what.padEnd(56)} ${median(values).toFixed(0).padStart(6)} ms`);
  print('ours: fit, rows in memory, tolerance 1e-8', times.alone);
  print(`ours: ${(size / 1e6).toFixed(0)} MB of CSV to the model's JSON`, times.whole);
  for (const [i, values] of [times.loose, times.strict].entries()) {
    print(`scikit-learn ${sklearn} lbfgs, arrays in memory, tol ${TOLERANCES[i]}`, values);
  }
  console.log(`largest difference of a coefficient: ${distance.toExponential(1)}`);
  const ratio = median(times.alone) / median(times.loose);
  console.log(
    `ratio ours / scikit-learn (tol ${TOLERANCES[0]}): ${ratio.toFixed(2)} (goal <= ${GOAL}: ${ratio <= GOAL ? 'met' : 'missed'})`,
  );
}

/** One run for the growth table: the same 10,000 rows over and over. */
async function grow(rows: number): Promise<void> {
  const block = Buffer.concat([...csv(makeData(10_000))]);
  const times = rows / 10_000;
  const inputs = { training_data: () => repeat(block, times) };
  report((await runOnChunks('builtin-logistic-regression-train', args, inputs, block.length * times)).ms);
}

export async function run(): Promise<void> {
  console.log(`logistic: ${ROWS} x ${FEATURES}, l2 ${L2}, one thread, median of ${ROUNDS}`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    if (hasPython('sklearn')) await measure(folder);
    else console.log('skipped: python3 has no scikit-learn here (bench/peers/requirements.txt)');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log('growth, from CSV to the model:');
  growthTable(fileURLToPath(import.meta.url));
}

if (process.argv[2] === 'grow') await grow(Number(process.argv[3]));
else if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
