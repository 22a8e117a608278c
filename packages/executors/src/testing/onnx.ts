/** `builtin-onnx-predict` on the native runtime, in a sandbox with all layers that this machine offers, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunLimits } from '@gaiwan/protocol/executor';
import { type ExecutionRequest, onnxRunner, readStaged, SandboxExecutor, type Staged } from '../index.ts';

const roomy: RunLimits = {
  timeMs: 200_000,
  cpuMs: 60_000,
  memoryMiB: 1024,
  outputBytes: 256 << 20,
  logBytes: 1 << 16,
  files: 100,
};

const staged = (content: string | Uint8Array): Staged => {
  const bytes = Uint8Array.from(Buffer.from(content));
  return { kind: 'memory', chunks: [bytes], size: bytes.length };
};

export interface OnnxJob extends Partial<Pick<ExecutionRequest, 'functionName' | 'signal'>> {
  readonly limits?: Partial<RunLimits>;
}

export class OnnxBench {
  readonly executor: SandboxExecutor;
  readonly folder: string;

  private constructor(executor: SandboxExecutor, folder: string) {
    this.executor = executor;
    this.folder = folder;
  }

  /** `onnxruntime`: where it is installed. */
  static async open(onnxruntime: string, onTrouble?: (error: Error) => void): Promise<OnnxBench> {
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-onnx-'));
    const executor = await SandboxExecutor.open({
      runner: onnxRunner({ folder: onnxruntime }),
      slots: 1,
      warm: { generic: 1, prepared: 0 },
      sandbox: { folder },
      ...(onTrouble && { onTrouble }),
    });
    return new OnnxBench(executor, folder);
  }

  async run(
    args: object,
    inputs: Readonly<Record<string, string | Uint8Array>>,
    { limits, ...more }: OnnxJob = {},
  ) {
    const { returnValue, outputs, log } = await this.executor.run({
      functionName: 'builtin-onnx-predict',
      executorType: 'builtin',
      executor: 'onnx-native',
      arguments: JSON.stringify(args),
      payload: new Uint8Array(),
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, content]) => [name, staged(content)])),
      outputs: ['result_file'],
      limits: { ...roomy, ...limits },
      folder: this.folder,
      ...more,
    });
    const file = outputs['result_file'];
    return {
      text: Buffer.from(returnValue).toString(),
      csv: file ? Buffer.concat([...readStaged(file)]).toString() : '',
      log,
    };
  }

  async close(): Promise<void> {
    await this.executor.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
