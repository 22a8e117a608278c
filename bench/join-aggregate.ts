/**
 * Join and aggregation of CSV tables beside DuckDB, one thread each, in the same run, turn by turn: plain files in, one plain file
 * out. Then how our time and memory grow.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DuckDBConnection } from '@duckdb/node-api';
import { withDuckdb } from './duckdb.ts';
import { growth } from './growth.ts';
import { writeTable } from './lists-data.ts';
import { compare } from './peers.ts';
import { inputSlots, runOnFiles } from './run-function.ts';

const ROWS = 1_000_000;
const GOAL = 1.2;

interface Case {
  readonly name: string;
  readonly parties: number;
  readonly repeat: number;
  readonly aggregates: readonly string[];
  /** The query over the tables t0, t1, ... that gives the same. */
  sql(tables: readonly string[]): string;
}

const grouped = (table: string) =>
  `(SELECT id, sum(amount) AS amount, sum(units) AS units, coalesce(sum(age), 0) AS ages, count(age) AS aged, count(*) AS rows FROM ${table} GROUP BY id)`;

const CASES: readonly Case[] = [
  {
    name: '3 tables, join and sum of one column',
    parties: 3,
    repeat: 1,
    aggregates: ['sum(amount)'],
    sql: ([a, b, c]) =>
      `SELECT a.id, a.amount + b.amount + c.amount FROM ${a} a JOIN ${b} b ON a.id = b.id JOIN ${c} c ON a.id = c.id`,
  },
  {
    name: '2 tables, 3 rows a key, sum, sum, mean and count',
    parties: 2,
    repeat: 3,
    aggregates: ['sum(0.amount)', 'sum(units)', 'mean(age)', 'rows'],
    sql: ([a, b]) =>
      `SELECT a.id, a.amount, a.units + b.units, (a.ages + b.ages) / nullif(a.aged + b.aged, 0), a.rows + b.rows
       FROM ${grouped(a as string)} a JOIN ${grouped(b as string)} b ON a.id = b.id`,
  },
];

/** Rows in no order, with numbers as numbers: the two write some differently. */
function rowsOf(path: string): string[] {
  const rows = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1);
  const plain = (cell: string, i: number) => (i === 0 ? cell : Number(cell).toPrecision(12));
  return rows.map((row) => row.split(',').map(plain).join(',')).sort();
}

function check(ours: string, theirs: string): void {
  const [a, b] = [rowsOf(ours), rowsOf(theirs)];
  const wrong = a.findIndex((row, i) => row !== b[i]);
  if (a.length !== b.length || wrong >= 0) {
    throw new Error(`the two results differ: ${a.length} and ${b.length} rows, ${a[wrong]} and ${b[wrong]}`);
  }
  console.log(`  both results are the same ${a.length} rows`);
}

const TYPES = `columns = {'id': 'VARCHAR', 'amount': 'DECIMAL(18, 2)', 'units': 'BIGINT', 'age': 'BIGINT'}`;

async function measure(connection: DuckDBConnection, folder: string, one: Case): Promise<void> {
  console.log(`${one.name}, ${ROWS} rows each:`);
  const paths = Array.from({ length: one.parties }, (_, party) => join(folder, `table${party}.csv`));
  for (const [party, path] of paths.entries()) writeTable(path, ROWS, party, one.repeat);
  const [ours, theirs] = [join(folder, 'ours.csv'), join(folder, 'theirs.csv')];
  const tables = paths.map(
    (path) => `read_csv('${path}', header = true, delim = ',', auto_detect = false, ${TYPES})`,
  );
  const args = { num_user: one.parties, key: ['id'], aggregates: one.aggregates };
  const [mine, peer] = await compare([
    {
      name: '  ours, builtin-join-aggregate',
      run: async () =>
        void (await runOnFiles('builtin-join-aggregate', args, inputSlots(paths), { output_data0: ours })),
    },
    {
      name: '  DuckDB, one thread',
      run: async () => void (await connection.run(`COPY (${one.sql(tables)}) TO '${theirs}' (HEADER true)`)),
    },
  ]);
  check(ours, theirs);
  const ratio = (mine?.median ?? Number.NaN) / (peer?.median ?? Number.NaN);
  console.log(`  ratio ${ratio.toFixed(2)} (goal <= ${GOAL}: ${ratio <= GOAL ? 'met' : 'missed'})`);
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    await withDuckdb(async (connection) => {
      for (const one of CASES) await measure(connection, folder, one);
    });
    console.log('growth: 2 tables, sum(amount) and mean(age)');
    await growth('join-aggregate', folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
