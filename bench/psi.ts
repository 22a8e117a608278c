/**
 * The common items of two lists of 1,000,000 addresses beside DuckDB and Python's sets, one thread each, in the same run, turn by
 * turn: plain files in, one plain file out. Beside them psi.js, which does something else, cryptography instead of an enclave, and
 * is measured on smaller lists. Then how our time and memory grow.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import PSI from '@openmined/psi.js';
import { withDuckdb } from './duckdb.ts';
import { growth } from './growth.ts';
import { writeList } from './lists-data.ts';
import { PythonPeer, pythonVersion } from './peers/python.ts';
import { type Candidate, compare } from './peers.ts';
import { inputSlots, runOnFiles } from './run-function.ts';

const ROWS = 1_000_000;
/** A list of psi.js. */
const PSI_ROWS = 1_000;

const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');

/** Time of psi.js, both parties in this thread, in ms; the intersection itself is computed. */
async function psiJs(a: readonly string[], b: readonly string[]): Promise<{ ms: number; common: number }> {
  // The types of this CommonJS module are those of its namespace.
  const psi = await (PSI as unknown as typeof PSI.default)();
  const begin = performance.now();
  const server = psi.server?.createWithNewKey(true);
  const client = psi.client?.createWithNewKey(true);
  if (!server || !client) throw new Error('psi.js has no server or client');
  const setup = server.createSetupMessage(0.001, b.length, a, psi.dataStructure.Raw);
  const response = server.processRequest(client.createRequest(b));
  const common = client.getIntersection(setup, response).length;
  return { ms: performance.now() - begin, common };
}

async function measure(folder: string): Promise<void> {
  const paths = [0, 1].map((party) => join(folder, `list${party}`));
  for (const [party, path] of paths.entries()) writeList(path, ROWS, party);
  const [a, b] = paths as [string, string];
  const out = { ours: join(folder, 'ours'), duckdb: join(folder, 'duckdb'), python: join(folder, 'python') };
  const version = pythonVersion();
  const python = version === undefined ? undefined : new PythonPeer('psi.py', [a, b, out.python]);
  if (!python) console.log('SKIPPED: Python sets, for there is no python3');
  try {
    await withDuckdb(async (connection) => {
      const read = (path: string) =>
        `read_csv('${path}', delim = '\\0', quote = '', header = false, auto_detect = false, columns = {'item': 'VARCHAR'})`;
      const candidates: Candidate[] = [
        {
          name: 'ours, builtin-private-set-intersect',
          run: async () =>
            void (await runOnFiles('builtin-private-set-intersect', { num_user: 2 }, inputSlots(paths), {
              output_data0: out.ours,
            })),
        },
        {
          name: 'DuckDB, semi join, one thread',
          run: async () =>
            void (await connection.run(
              `COPY (SELECT item FROM ${read(a)} x SEMI JOIN ${read(b)} y USING (item)) TO '${out.duckdb}' (HEADER false)`,
            )),
        },
      ];
      if (python) candidates.push({ name: `${version}, set of lines`, run: () => python.round() });
      const measured = await compare(candidates);
      const expected = linesOf(out.ours).sort().join('\n');
      for (const path of python ? [out.duckdb, out.python] : [out.duckdb]) {
        if (linesOf(path).sort().join('\n') !== expected) throw new Error('the results differ');
      }
      console.log(`all results are the same ${expected.split('\n').length} items`);
      const best = Math.min(...measured.slice(1).map(({ median }) => median));
      const ratio = (measured[0]?.median ?? Number.NaN) / best;
      console.log(
        `ratio ours / fastest peer: ${ratio.toFixed(2)} (goal < 1: ${ratio < 1 ? 'met' : 'missed'})`,
      );
    });
  } finally {
    python?.close();
  }
  const { ms, common } = await psiJs(linesOf(a).slice(0, PSI_ROWS), linesOf(b).slice(0, PSI_ROWS));
  console.log(
    `psi.js 2.0.6, ${PSI_ROWS} x ${PSI_ROWS} (${common} in common): ${ms.toFixed(0)} ms; linear, so about ${((ms * ROWS) / PSI_ROWS / 60_000).toFixed(0)} min for ${ROWS} x ${ROWS}`,
  );
}

export async function run(): Promise<void> {
  console.log(`private set intersection: 2 x ${ROWS} items, median of 5`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    await measure(folder);
    console.log('growth: 2 lists');
    await growth('psi', folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
