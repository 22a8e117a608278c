/**
 * Private join of three lists of 1,000,000 rows beside DuckDB, in the same run, turn by turn.
 * Ours: read the aes-gcm-256 files, decrypt and verify, stage, join in the built-in executor's thread, three outputs.
 * DuckDB: read three plain CSV files (columns and delimiter given), join, add up, write one CSV.
 */
import { createDecipheriv, timingSafeEqual } from 'node:crypto';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { BuiltinExecutor, readStaged, removeStaged, type Staged, Stager } from '@gaiwan/executors';
import { benchKey, makeParties, type Party } from './join-data.ts';
import { quantile } from './stats.ts';

const ROWS = 1_000_000;
const ROUNDS = 7;
const TAG = 16;
const MEMORY_LIMIT = 64 << 20;

/** Decrypts into a stage; what is staged is released only after the tag was right. */
async function stageParty(party: Party, folder: string): Promise<Staged> {
  const decipher = createDecipheriv('aes-256-gcm', benchKey, party.iv, { authTagLength: TAG });
  decipher.setAAD(new Uint8Array(8));
  const stager = new Stager(folder, MEMORY_LIMIT);
  try {
    const end = party.bytes - 1;
    for await (const chunk of createReadStream(party.encrypted, { end, highWaterMark: 1 << 20 })) {
      stager.write(decipher.update(chunk as Buffer));
    }
    const tag = await readTag(party);
    if (!timingSafeEqual(tag, party.tag)) throw new Error('another file than registered');
    decipher.setAuthTag(tag);
    decipher.final();
    return stager.finish();
  } catch (error) {
    stager.abort();
    throw error;
  }
}

async function readTag(party: Party): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of createReadStream(party.encrypted, { start: party.bytes }))
    parts.push(chunk as Buffer);
  return Buffer.concat(parts);
}

async function ours(executor: BuiltinExecutor, parties: readonly Party[], folder: string) {
  const staged = await Promise.all(parties.map((party) => stageParty(party, folder)));
  const decrypted = performance.now();
  const result = await executor.run({
    functionName: 'builtin-private-join-and-compute',
    executorType: 'builtin',
    executor: 'builtin',
    arguments: JSON.stringify({ num_user: parties.length }),
    payload: new Uint8Array(),
    inputs: Object.fromEntries(staged.map((input, i) => [`input_data${i}`, input])),
    outputs: parties.map((_, i) => `output_data${i}`),
    limits: {
      timeMs: 120_000,
      cpuMs: 120_000,
      memoryMiB: 1024,
      outputBytes: 1 << 30,
      logBytes: 0,
      files: 100,
    },
    folder,
  });
  for (const input of staged) removeStaged(input);
  return { result, decrypted };
}

async function duckdb(connection: DuckDBConnection, parties: readonly Party[], out: string): Promise<void> {
  const read = (party: Party) =>
    `read_csv('${party.csv}', delim = ',', header = false, auto_detect = false, columns = {'name': 'VARCHAR', 'amount': 'UINTEGER'})`;
  const [a, b, c] = parties.map(read);
  await connection.run(
    `COPY (SELECT a.name, a.amount + b.amount + c.amount FROM ${a} a JOIN ${b} b ON a.name = b.name JOIN ${c} c ON a.name = c.name)
     TO '${out}' (HEADER false, DELIMITER ',')`,
  );
}

/** Lines sorted, so that two results can be compared as sets. */
const sortedLines = (text: string) => text.split('\n').sort().join('\n');

const median = (values: number[]) =>
  quantile(
    values.toSorted((x, y) => x - y),
    0.5,
  );

async function measure(folder: string): Promise<void> {
  const parties = makeParties(folder, ROWS);
  const out = join(folder, 'duckdb-out.csv');
  const executor = new BuiltinExecutor({ slots: 1 });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const times = { staging: [] as number[], ours: [] as number[], duckdb: [] as number[] };
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const begin = performance.now();
      const { result, decrypted } = await ours(executor, parties, folder);
      const middle = performance.now();
      await duckdb(connection, parties, out);
      const end = performance.now();
      const outputs = Object.values(result.outputs);
      if (round === 0) {
        // The first round warms both up and is checked.
        const expected = sortedLines(readFileSync(out, 'utf8').replaceAll(',', ', '));
        for (const output of outputs) {
          const text = Buffer.concat([...readStaged(output)].map((chunk) => Buffer.from(chunk))).toString();
          if (sortedLines(text) !== expected) throw new Error('the two results differ');
        }
        console.log(`both results are the same set of ${expected.split('\n').length - 1} rows`);
      } else {
        times.staging.push(decrypted - begin);
        times.ours.push(middle - begin);
        times.duckdb.push(end - middle);
      }
      for (const output of outputs) removeStaged(output);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
    await executor.close();
  }
  const [mine, theirs] = [median(times.ours), median(times.duckdb)];
  const print = (what: string, values: number[]) =>
    console.log(
      `${what.padEnd(58)} ${median(values).toFixed(0).padStart(6)} ms   (${values.map((v) => v.toFixed(0)).join(', ')})`,
    );
  print('ours: decrypt, verify, stage, join, three outputs', times.ours);
  print('  of which decrypt, verify, stage', times.staging);
  print('DuckDB: plain CSV, join, one output', times.duckdb);
  const ratio = mine / theirs;
  console.log(`ratio ours / DuckDB: ${ratio.toFixed(2)} (target <= 2: ${ratio <= 2 ? 'met' : 'missed'})`);
}

export async function run(): Promise<void> {
  console.log(`join: 3 x ${ROWS} rows, median of ${ROUNDS}`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
