/** Calls of trust domains in real sandboxes, for tests: which process served each, as the host sees it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunLimits } from '@gaiwan/protocol/executor';
import { afterAll, beforeAll, expect, type MockInstance, vi } from 'vitest';
import { ExecutorError } from '../errors.ts';
import { type KeptBounds, KeptSandboxes } from '../sandbox/kept.ts';
import type { SandboxOptions } from '../sandbox/options.ts';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { SandboxExecutor } from '../sandbox/sandbox-executor.ts';
import { SandboxProcess } from '../sandbox/sandbox-process.ts';

const LIMITS: RunLimits = {
  timeMs: 200_000,
  cpuMs: 20_000,
  memoryMiB: 64,
  outputBytes: 1 << 20,
  logBytes: 1 << 16,
  files: 100,
};

/** A busy machine is no reason to end a sandbox here. */
const PATIENT_MS = 60_000;

/** What a call asks for, beside its code. */
export interface Call {
  /** Default: one and the same. */
  readonly domain?: string | undefined;
  readonly args?: unknown;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: readonly string[];
  readonly limits?: Partial<RunLimits>;
}

/** How it ended. */
export interface Served {
  /** The host's number of the process that served it. */
  readonly pid: number | undefined;
  /** The result, or the error's message. */
  readonly text: string;
  /** `done`, or the code of the error. */
  readonly code: string;
  readonly log: readonly string[];
}

export interface ReuseBench {
  /** Resolves when the sandbox rests or is ended. */
  readonly call: (code: string | Uint8Array, call?: Call) => Promise<Served>;
  /** Whether the process that served last is still there. */
  readonly isAlive: () => boolean;
}

/** How sandboxes are kept. */
export interface Setup {
  /** As the operator's switch has it. */
  readonly fresh?: boolean;
  readonly bounds?: Partial<KeptBounds>;
}

type Spy<Name extends 'begin' | 'rest' | 'end'> = MockInstance<SandboxProcess[Name]>;

/** To be called within `describe`. */
export function reuseBench(
  spec: () => RunnerSpec | Promise<RunnerSpec>,
  { fresh = false, bounds, ...layers }: Partial<SandboxOptions> & Setup = {},
): ReuseBench {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-reuse-'));
  let executor: SandboxExecutor;
  let runner: RunnerSpec;
  const { prototype } = SandboxProcess;
  const spies = {} as { begin: Spy<'begin'>; rest: Spy<'rest'>; end: Spy<'end'> };
  const last = () => {
    const found: unknown = spies.begin.mock.contexts.at(-1);
    return found instanceof SandboxProcess ? found : undefined;
  };
  /** Whether it has rested or ended since it began its last call. */
  const isSettled = (process: SandboxProcess | undefined) => {
    const [begun, rested, ended] = [spies.begin, spies.rest, spies.end].map(({ mock }) =>
      Math.max(0, ...mock.invocationCallOrder.filter((_, at) => mock.contexts[at] === process)),
    );
    return Math.max(rested ?? 0, ended ?? 0) >= (begun ?? 0);
  };
  beforeAll(async () => {
    spies.begin = vi.spyOn(prototype, 'begin');
    spies.rest = vi.spyOn(prototype, 'rest');
    spies.end = vi.spyOn(prototype, 'end');
    runner = await spec();
    executor = await SandboxExecutor.open({
      runner,
      slots: 1,
      warm: { generic: 1, prepared: 0 },
      sandbox: { folder, require: ['process'], ...layers },
      ...(!fresh && { kept: new KeptSandboxes({ renewalMs: PATIENT_MS, ...bounds }) }),
    });
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await executor.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    isAlive: () => last()?.alive === true,
    async call(code, { args = {}, inputs = {}, outputs = [], limits, ...more } = {}) {
      const domain = 'domain' in more ? more.domain : 'd';
      const [pair = ''] = runner.pairs;
      const [executorType = '', name = ''] = pair.split('/');
      const ended = await executor
        .run({
          functionName: 'f',
          executorType,
          executor: name,
          arguments: JSON.stringify(args),
          payload: Buffer.from(code),
          inputs: Object.fromEntries(
            Object.entries(inputs).map(([slot, text]) => {
              const bytes = new Uint8Array(Buffer.from(text));
              return [slot, { kind: 'memory', chunks: [bytes], size: bytes.length }] as const;
            }),
          ),
          outputs,
          limits: { ...LIMITS, ...limits },
          domain,
          folder,
        })
        .then(
          ({ returnValue, log }) => ({ code: 'done', text: Buffer.from(returnValue).toString(), log }),
          (error: unknown) => {
            if (!(error instanceof ExecutorError)) throw error;
            return { code: error.code, text: error.message, log: error.log };
          },
        );
      const process = last();
      await expect.poll(() => isSettled(process), { interval: 2 }).toBe(true);
      return { ...ended, pid: process?.sandboxed.child.pid };
    },
  };
}
