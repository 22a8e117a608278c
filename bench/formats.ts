/** The join of the same two tables as CSV, Parquet and Arrow IPC, turn by turn: what a format costs in front of a function, and behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withDuckdb } from './duckdb.ts';
import { compare } from './peers.ts';
import { inputSlots, runOnFiles } from './run-function.ts';

const ROWS = Number(process.env['GAIWAN_BENCH_ROWS'] ?? 1_000_000);
const FORMATS = ['csv', 'parquet', 'arrow'] as const;

const table = (party: number) =>
  `SELECT (i * 7919) % ${ROWS} + ${(party * ROWS) / 3} AS id, ((hash(i, ${party}) % 1000000)::BIGINT * 0.01)::DECIMAL(12, 2) AS amount, ((hash(i, 9) % 80)::BIGINT)::INTEGER AS age FROM range(${ROWS}) t(i)`;

/** The tables in each format, as our own functions write them. */
async function writeTables(folder: string): Promise<(format: string) => readonly string[]> {
  const pathOf = (format: string, party: number) => join(folder, `table${party}.${format}`);
  await withDuckdb(async (connection) => {
    for (const party of [0, 1])
      await connection.run(`COPY (${table(party)}) TO '${pathOf('given', party)}' (FORMAT parquet)`);
  });
  for (const party of [0, 1]) {
    for (const format of FORMATS) {
      const args = { test_rows: 1, format: 'parquet', result_format: format };
      const outputs = { train: pathOf(format, party), test: join(folder, 'rest') };
      await runOnFiles('builtin-train-test-split', args, { input_data: pathOf('given', party) }, outputs);
    }
  }
  return (format) => [pathOf(format, 0), pathOf(format, 1)];
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    const pathsOf = await writeTables(folder);
    console.log(`join, sum and mean of two tables of ${ROWS} rows, in and out:`);
    const output = { output_data0: join(folder, 'out') };
    await compare(
      FORMATS.map((format) => ({
        name: `  ${format}`,
        run: async () => {
          const args = { num_user: 2, key: ['id'], aggregates: ['sum(0.amount)', 'mean(1.age)'] };
          const formats = { format, result_format: format };
          await runOnFiles(
            'builtin-join-aggregate',
            { ...args, ...formats },
            inputSlots(pathsOf(format)),
            output,
          );
        },
      })),
      3,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
