/** Where hostile functions meet a real sandbox; after each kind of them an honest one must be served. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunLimits } from '@gaiwan/protocol/executor';
import { afterAll, beforeAll, expect } from 'vitest';
import { ExecutorError, type ExecutorErrorCode } from '../errors.ts';
import type { ExecutionRequest } from '../executor.ts';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { SandboxExecutor } from '../sandbox/sandbox-executor.ts';
import { readStaged } from '../staged.ts';

export interface Fight {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: readonly string[];
  readonly args?: unknown;
  readonly limits?: Partial<RunLimits>;
  readonly signal?: AbortSignal;
}

export interface End {
  /** `done`, or the code of the error. */
  readonly code: 'done' | ExecutorErrorCode;
  /** The result, or the error's message. */
  readonly text: string;
  readonly log: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
}

const LIMITS: RunLimits = {
  timeMs: 200_000,
  cpuMs: 20_000,
  memoryMiB: 64,
  outputBytes: 1 << 20,
  logBytes: 1 << 16,
  files: 1023,
};

export interface Arena {
  readonly fight: (code: string | Uint8Array, fight?: Fight) => Promise<End>;
  /** Fails where an honest function is not served. */
  readonly honest: () => Promise<void>;
}

/** @param served Honest code, and what its result must be. To be called within `describe`. */
export function arena(
  spec: () => RunnerSpec,
  [executorType, executor]: readonly [string, string],
  served: readonly [string | Uint8Array, string],
): Arena {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-arena-'));
  let sandbox: SandboxExecutor;
  const fight = async (
    code: string | Uint8Array,
    { inputs = {}, outputs = [], args = {}, limits, signal }: Fight = {},
  ): Promise<End> => {
    const request: ExecutionRequest = {
      functionName: 'f',
      executorType,
      executor,
      arguments: typeof args === 'string' ? args : JSON.stringify(args),
      payload: Buffer.from(code),
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, text]) => {
          const bytes = new Uint8Array(Buffer.from(text));
          return [name, { kind: 'memory', chunks: [bytes], size: bytes.length }] as const;
        }),
      ),
      outputs,
      limits: { ...LIMITS, ...limits },
      folder,
      ...(signal && { signal }),
    };
    try {
      const result = await sandbox.run(request);
      return {
        code: 'done',
        text: Buffer.from(result.returnValue).toString(),
        log: result.log,
        outputs: Object.fromEntries(
          Object.entries(result.outputs).map(([name, staged]) => [
            name,
            Buffer.concat([...readStaged(staged)]).toString(),
          ]),
        ),
      };
    } catch (error) {
      if (!(error instanceof ExecutorError)) throw error;
      return { code: error.code, text: error.message, log: error.log, outputs: {} };
    }
  };
  beforeAll(async () => {
    sandbox = await SandboxExecutor.open({
      runner: spec(),
      slots: 1,
      // Nearly every function comes once: a process that was given it again would wait in vain.
      warm: { generic: 1, prepared: 0 },
      sandbox: { folder, require: ['process'] },
    });
  });
  const honest = async () => {
    const { code, text } = await fight(served[0]);
    expect([code, text]).toEqual(['done', served[1]]);
  };
  afterAll(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { fight, honest };
}
