/**
 * Many jobs in all languages over two workers' worth of executors, one in twenty of them hostile. All honest ones are
 * right, and nothing of any remains.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../examples/custom-executor/executor.json' with { type: 'json' };
import {
  BuiltinExecutor,
  cpythonRunner,
  customRunner,
  type Executor,
  javascriptRunner,
  probeHost,
  pyodideRunner,
  readStaged,
  removeStaged,
  SandboxExecutor,
  Stager,
  wasmRunner,
} from '../packages/executors/src/index.ts';
import { holdings, traces } from '../packages/executors/src/testing/leaks.ts';
import { honest, hostile, type MixedJob } from './support/mixed-jobs.ts';

const JOBS = Number(process.env['GAIWAN_MIXED_JOBS']);
/** Tests of so many, so that none takes long: the first job of each, and the one after its last. */
const PART = 100;
const parts = Array.from({ length: Math.ceil(JOBS / PART) }, (_, part) => [
  part * PART,
  Math.min((part + 1) * PART, JOBS),
]);
const WORKERS = 2;
const IN_FLIGHT = 8;
const example = join(import.meta.dirname, '../examples/custom-executor');
const PYTHON = '/usr/bin/python3';
const perl = spawnSync('/usr/bin/perl', ['-MJSON::PP', '-e', '1']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'gaiwan-mixed-'));
const { offered } = await probeHost(folder);
const able = perl && existsSync(PYTHON) && offered.seccomp !== undefined;
if (!able) console.warn('SKIPPED: mixed jobs want bubblewrap, perl with JSON::PP, and python3.');

describe.skipIf(!able)(`${JOBS} mixed jobs over ${WORKERS} workers`, () => {
  const workers: Map<string, Executor>[] = [];
  let before: { descriptors: number; processes: number; traces: string[] };

  beforeAll(async () => {
    before = { ...holdings(), traces: traces() };
    const runners = [
      wasmRunner(),
      javascriptRunner(),
      customRunner(config, example),
      await cpythonRunner({ python: PYTHON, sandbox: { folder } }),
      await pyodideRunner({ folder }),
    ];
    for (let i = 0; i < WORKERS; i++) {
      const executors: Executor[] = [new BuiltinExecutor({ slots: 1 })];
      for (const runner of runners) {
        const warm = { generic: 1, prepared: 1 };
        executors.push(await SandboxExecutor.open({ runner, slots: 1, warm, sandbox: { folder } }));
      }
      workers.push(new Map(executors.flatMap((executor) => executor.pairs.map((pair) => [pair, executor]))));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function run(job: MixedJob, worker: Map<string, Executor>) {
    const [executorType = '', executor = ''] = job.pair.split('/');
    const stager = new Stager(folder);
    stager.write(Buffer.from(job.input ?? ''));
    // oxlint-disable-next-line tests/no-sleep -- it may be cancelled at any moment: it never ends by itself
    const signal = job.cancelAfter === undefined ? {} : { signal: AbortSignal.timeout(job.cancelAfter) };
    try {
      const { returnValue, outputs } = await (worker.get(job.pair) as Executor).run({
        functionName: job.functionName ?? 'f',
        executorType,
        executor,
        arguments: job.arguments,
        payload: Buffer.from(job.code),
        inputs: { text: stager.finish() },
        outputs: ['counts'],
        limits: {
          timeMs: 200_000,
          cpuMs: 60_000,
          memoryMiB: 256,
          outputBytes: 4 << 20,
          logBytes: 1 << 16,
          files: 10,
          ...job.limits,
        },
        folder,
        ...signal,
      });
      const output = outputs['counts'];
      const text = output && Buffer.concat([...readStaged(output)]).toString();
      if (output) removeStaged(output);
      return { result: Buffer.from(returnValue).toString(), ...(text !== undefined && { output: text }) };
    } catch (error) {
      return { error: (error as { code?: string }).code ?? String(error) };
    }
  }

  let early = 0;
  let evils = 0;
  it.each(parts)('from %i to %i each ends as it must', async (from, to) => {
    const wrong: string[] = [];
    let next = from;
    const lane = async () => {
      while (next < to) {
        const i = next++;
        const evil = i % 20 === 13 ? hostile[Math.floor(i / 20) % hostile.length] : undefined;
        const job = evil ?? honest(i);
        if (evil) evils++;
        const ended = await run(job, workers[i % WORKERS] as Map<string, Executor>);
        const { result, output, error } = job;
        const must = error === undefined ? { result, ...(output !== undefined && { output }) } : { error };
        if (JSON.stringify(ended) !== JSON.stringify(must)) {
          wrong.push(`${i} ${job.pair}: ${JSON.stringify(ended)}, not ${JSON.stringify(must)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    expect(wrong).toEqual([]);
    if (from === 0) early = process.memoryUsage().rss;
  });

  it('and their data is not kept', () => {
    expect(evils).toBe(Math.floor((JOBS + 6) / 20));
    // What grows with jobs would have grown by those of all parts but the first: far more than a MiB each.
    expect((process.memoryUsage().rss - early) / 2 ** 20).toBeLessThan(200);
  });

  it('and nothing of them remains', async () => {
    for (const worker of workers) {
      for (const executor of new Set(worker.values())) await executor.close();
    }
    // Threads that were ended close their descriptors a moment later.
    await expect.poll(() => holdings().descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(holdings().processes).toBe(before.processes);
    // Where the worker is root: folders of second names, control groups, numbers of users.
    expect(traces()).toEqual(before.traces);
    // The snapshot is the runner's, for as long as the folder is.
    expect(readdirSync(folder).filter((name) => !name.endsWith('.snapshot'))).toEqual([]);
  });
});
