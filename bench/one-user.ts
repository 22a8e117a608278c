/**
 * What one user who does its worst within its rights costs another: echo tasks of somebody in peace and beside it, by turns. The worst user
 * is a process of its own, with a low priority. `GAIWAN_BENCH_TURNS`: how many turns (4).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { invokeEcho, registerEcho } from '../tests/support/echo.ts';
import { TestPlatform } from '../tests/support/platform.ts';
import { processorMs } from '../tests/support/processes.ts';
import { waitFor } from './paced.ts';
import { summaryOf } from './stats.ts';
import type { Told } from './worst-user.ts';

const TURNS = Number(process.env['GAIWAN_BENCH_TURNS'] ?? 4);
/** Tasks of a turn, one after the other. */
const TASKS = 40;
const PAUSE = 50;
const SLOTS = 1000;

interface Turn {
  /** ms. */
  readonly quiet: readonly number[];
  readonly beside: readonly number[];
  /** Of the platform and its worker, in parts of one processor. */
  readonly platform: readonly [number, number];
}

const print = (what: string, times: readonly number[]) => {
  const { mean, p50, p95 } = summaryOf(times);
  const shown = [mean, p50, p95].map((time) => time.toFixed(1).padStart(8)).join(' ');
  console.log(`${what.padEnd(22)} mean, p50, p95: ${shown} ms   ${times.length} tasks`);
};

export async function run(): Promise<void> {
  console.log(
    `one user: lists of large records, 1,000 slots, uploads, 500 queued tasks, watches; ${TURNS} turns`,
  );
  const platform = await TestPlatform.start(['--workers', '1', '--executors', 'builtin']);
  try {
    const admin = await platform.admin();
    const functionId = await registerEcho(admin);
    const wide = await admin.functions.register({
      name: 'builtin-echo',
      executorType: 'builtin',
      public: true,
      arguments: [{ key: 'message', allowOverwrite: true }],
      inputs: Array.from({ length: SLOTS }, (_, n) => ({ name: `in-${n}`, optional: true })),
    });
    const honest = await platform.user('honest');
    const worst = await platform.user('worst');
    const echo = async () => {
      const begin = performance.now();
      const { returnValue } = await honest.tasks.result(await invokeEcho(honest, functionId, 'hi'));
      if (Buffer.from(returnValue).toString() !== 'hi') throw new Error('wrong echo');
      return performance.now() - begin;
    };
    const some = async () => {
      const times: number[] = [];
      while (times.length < TASKS) {
        times.push(await echo());
        await waitFor(PAUSE);
      }
      return times;
    };
    const { authentication, frontend, machine, policy } = platform;
    const prepared = spawnWorst({
      authentication,
      frontend,
      machine,
      policy,
      id: 'worst',
      token: worst.token.reveal(),
      echo: functionId,
      wide,
      slots: SLOTS,
    });
    await prepared.says();
    await some();
    const all: Turn[] = [];
    while (all.length < TURNS) {
      const quiet = await some();
      prepared.tell('begin');
      await prepared.says();
      const pids = [platform.pid, platform.workers()[0] ?? 0] as const;
      const before = pids.map(processorMs);
      const since = performance.now();
      const beside = await some();
      const took = performance.now() - since;
      const [main = 0, worker = 0] = pids.map(
        (pid, index) => (processorMs(pid) - (before[index] ?? 0)) / took,
      );
      prepared.tell('end');
      console.log(`  in turn ${all.length + 1} it did ${await prepared.says()}`);
      all.push({ quiet, beside, platform: [main, worker] });
    }
    await prepared.end();
    print(
      'in peace',
      all.flatMap(({ quiet }) => quiet),
    );
    print(
      'beside the worst user',
      all.flatMap(({ beside }) => beside),
    );
    for (const which of ['mean', 'p50', 'p95'] as const) {
      const of = (quiet: readonly number[], beside: readonly number[]) =>
        (summaryOf(beside)[which] / summaryOf(quiet)[which]).toFixed(1);
      const whole = of(
        all.flatMap(({ quiet }) => quiet),
        all.flatMap(({ beside }) => beside),
      );
      console.log(
        `${which}: ${whole}x (by turns: ${all.map(({ quiet, beside }) => of(quiet, beside)).join(', ')})`,
      );
    }
    const mean = (index: 0 | 1) => all.reduce((sum, turn) => sum + turn.platform[index], 0) / all.length;
    console.log(`processors: the platform ${mean(0).toFixed(2)}, its worker ${mean(1).toFixed(2)}`);
  } finally {
    await platform.stop();
  }
}

/** The worst user's process: told "begin" and "end", it says a line for each. */
function spawnWorst(told: Told) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('worst-user.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(`${JSON.stringify(told)}\n`);
  return {
    says: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error('the worst user ended early');
      return value as string;
    },
    tell: (what: 'begin' | 'end') => void child.stdin.write(`${what}\n`),
    end: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
