/** Executors of untrusted code: start, warm and cold; many calls; and what each layer of the sandbox costs by itself. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type ExecutionRequest,
  KeptSandboxes,
  SandboxExecutor,
  type SandboxOptions,
} from '@gaiwan/executors';
import { OsLauncher, type OsLayers } from '../packages/executors/src/sandbox/os/launcher.ts';
import { probeHost } from '../packages/executors/src/sandbox/os/probe.ts';
import { makeVisible } from '../packages/executors/src/sandbox/os/visible.ts';
import { systemRuntime } from '../packages/executors/src/sandbox/runtimes.ts';
import { type ExecutorCase, executorCases } from './executor-cases.ts';
import { load, quantile, type Summary } from './stats.ts';

const CALLS = Number(process.env['GAIWAN_BENCH_CALLS'] ?? 1000);
/** Of calls without reuse, which are slower by far. */
const FRESH_CALLS = Math.ceil(CALLS / 20);
const STARTS = Number(process.env['GAIWAN_BENCH_STARTS'] ?? 20);
const SLOTS = 2;
const ms = (value: number) => `${value.toFixed(1).padStart(7)} ms`;

async function median(times: number, once: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) all.push(await once());
  return quantile(
    all.sort((a, b) => a - b),
    0.5,
  );
}

/** From nothing to the end of a program that does nothing, and until nothing of it remains. */
async function startOf(layers: OsLayers): Promise<number> {
  const launcher = new OsLauncher(layers);
  const program = {
    name: 'true',
    pairs: [],
    command: ['/usr/bin/true'],
    readOnly: systemRuntime(),
    layers: { interpreter: '' },
    overheadMiB: 16,
  };
  const time = await median(STARTS, async () => {
    const begin = performance.now();
    const sandboxed = launcher.launch(program);
    sandboxed.child.stdout.resume();
    sandboxed.child.stderr.resume();
    await once(sandboxed.child, 'close');
    await sandboxed.release();
    return performance.now() - begin;
  });
  await launcher.close();
  return time;
}

async function layers(folder: string): Promise<void> {
  const { offered, reports } = await probeHost(folder);
  const { setpriv, bubblewrap, seccomp, prlimit, cgroups } = offered;
  const visible = await makeVisible(systemRuntime(), false);
  const base = { folder, visible, processes: 128, scratchBytes: 1 << 20 };
  const steps: [string, Partial<OsLayers>][] = [
    ['a process, another user where this is root', { ...(setpriv && { setpriv }) }],
    ['+ namespaces', { ...(bubblewrap && { bubblewrap }) }],
    ['+ seccomp', { ...(seccomp && { seccomp }) }],
    ['+ rlimits', { ...(prlimit && { prlimit }) }],
    ['+ cgroups', { ...(cgroups && { cgroups }) }],
  ];
  console.log(`layers: start and end of /usr/bin/true, median of ${STARTS}`);
  for (const { layer, detail } of reports.filter((report) => !report.offered)) {
    console.log(`  SKIPPED: no layer "${layer}" here (${detail})`);
  }
  let before = 0;
  let use: OsLayers = base;
  for (const [name, more] of steps) {
    use = { ...use, ...more };
    const time = await startOf(use);
    console.log(`  ${name.padEnd(30)} ${ms(time)}  (${(time - before).toFixed(1)} more)`);
    before = time;
  }
}

async function measure(item: ExecutorCase, folder: string): Promise<void> {
  const request: ExecutionRequest = {
    functionName: 'f',
    executorType: item.executorType,
    executor: item.executor,
    arguments: item.arguments,
    payload: item.code,
    inputs: {},
    outputs: [],
    limits: {
      timeMs: 60_000,
      cpuMs: 60_000,
      memoryMiB: 512,
      outputBytes: 1 << 20,
      logBytes: 1 << 16,
      files: 10,
    },
    folder,
  };
  const sandbox: SandboxOptions = { folder, require: ['process'] };
  const call = async (executor: SandboxExecutor, domain?: string, payload = item.code) => {
    const begin = performance.now();
    const { returnValue } = await executor.run({ ...request, payload, domain });
    const text = Buffer.from(returnValue).toString();
    if (text !== item.result) throw new Error(`${item.name}: ${text}`);
    return performance.now() - begin;
  };

  const unprepared = await SandboxExecutor.open({
    runner: item.runner,
    slots: 1,
    warm: { generic: 0, prepared: 0 },
    sandbox,
  });
  const cold = await median(5, () => call(unprepared));
  await unprepared.close();

  const executor = await SandboxExecutor.open({
    runner: item.runner,
    slots: SLOTS,
    sandbox,
    kept: new KeptSandboxes(),
  });
  let domains = 0;
  const first = await median(STARTS, async () => {
    // Until another waits in the pool.
    await delay(cold + 200);
    return call(executor, 'another', item.other(domains++));
  });
  const fresh = await load(SLOTS, FRESH_CALLS, async () => {
    await call(executor);
  });
  // Processes that the pool starts anew would count.
  await delay(cold + 1000);
  const one = async () => {
    await call(executor, 'one');
  };
  if (item.runner.reuse) await load(SLOTS, 100, one);
  const warm = item.runner.reuse && (await load(SLOTS, CALLS, one));
  console.log(`${item.name}: ${executor.layers.join(', ')}`);
  await executor.close();
  console.log(`  from nothing ${ms(cold)}   first call of a trust domain, from the pool ${ms(first)}`);
  const show = (what: string, count: number, { perSecond, p50, p95 }: Summary) =>
    console.log(
      `  ${count} calls, ${SLOTS} at a time, ${what}: ${perSecond.toFixed(0)}/s, p50 ${ms(p50)}, p95 ${ms(p95)}`,
    );
  show('a new sandbox each', FRESH_CALLS, fresh);
  if (warm) show('one trust domain', CALLS, warm);
  const { peer } = item;
  if (!peer) return;
  const bare = await median(200, async () => {
    const begin = performance.now();
    await peer.call();
    return performance.now() - begin;
  });
  console.log(
    `  ${peer.name}, no sandbox: ${ms(bare)}; a call takes ${((warm ?? fresh).p50 - bare).toFixed(1)} ms more`,
  );
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-executors-'));
  try {
    await layers(folder);
    for (const item of await executorCases(folder)) await measure(item, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
