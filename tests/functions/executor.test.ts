import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuiltinExecutor, readStaged, type Staged } from '@gaiwan/executors';
import { builtins } from '@gaiwan/functions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const text = (chunks: Iterable<Uint8Array>) => Buffer.concat([...chunks]).toString();

describe("the catalogue's examples in the executor's thread, which has no environment", () => {
  let folder: string;
  let executor: BuiltinExecutor;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gaiwan-examples-'));
    executor = new BuiltinExecutor({ slots: 1 });
  });
  afterAll(async () => {
    await executor.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const staged = (content: string | Uint8Array): Staged => {
    const bytes = Uint8Array.from(Buffer.from(content));
    return { kind: 'memory', chunks: [bytes], size: bytes.length };
  };

  it.each([...builtins.values()].map((builtin) => [builtin.name, builtin.entry.example] as const))(
    '%s',
    async (functionName, { arguments: args, inputs = {}, outputs = {}, returns }) => {
      const result = await executor.run({
        functionName,
        executorType: 'builtin',
        executor: 'builtin',
        arguments: JSON.stringify(args),
        payload: new Uint8Array(),
        inputs: Object.fromEntries(Object.entries(inputs).map(([slot, content]) => [slot, staged(content)])),
        outputs: Object.keys(outputs),
        limits: {
          timeMs: 60_000,
          cpuMs: 60_000,
          memoryMiB: 1024,
          outputBytes: 1 << 20,
          logBytes: 1 << 16,
          files: 100,
        },
        folder,
      });
      expect(Buffer.from(result.returnValue).toString()).toBe(returns);
      const written = Object.entries(result.outputs).map(([slot, output]) => [
        slot,
        text(readStaged(output)),
      ]);
      expect(Object.fromEntries(written)).toEqual(outputs);
    },
  );
});
