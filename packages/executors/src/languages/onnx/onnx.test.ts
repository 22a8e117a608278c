/** Models on the native runtime within all layers: what its limits end, and that nothing outlives a call. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandingModel, identityModel, slowModel } from '../../../../functions/src/testing/onnx-models.ts';
import { OnnxBench, type OnnxJob } from '../../testing/onnx.ts';
import { ONNXRUNTIME, sayOnnxruntimeSkipped } from '../../testing/onnxruntime.ts';
import { canSandbox } from '../../testing/python.ts';
import { onnxruntimeFiles } from './pinned.ts';

sayOnnxruntimeSkipped();

const identity = identityModel();
const SIZE = 512;
const slow = slowModel(SIZE, 2000);
const many = `${Array.from({ length: SIZE }, () => '1').join(',')}\n`.repeat(64);

describe.skipIf(ONNXRUNTIME === undefined)('builtin/onnx-native', () => {
  let bench: OnnxBench;
  beforeAll(async () => {
    bench = await OnnxBench.open(`${ONNXRUNTIME}`);
  });
  afterAll(() => bench.close());
  const failure = async (model: Uint8Array, data: string, job: OnnxJob = {}, args = { columns: 2 }) =>
    bench.run(args, { model_file: model, data_file: data }, job).then(
      () => ({ code: 'done', message: '' }),
      (error: { code: string; message: string }) => ({ code: error.code, message: error.message }),
    );

  it('answers, and logs nothing of its own', async () => {
    const { csv, text, log } = await bench.run(
      { columns: 2 },
      { model_file: identity, data_file: '1,2\n3,4.5\n' },
    );
    expect(csv).toBe('1.0,2.0\n3.0,4.5\n');
    expect(JSON.parse(text)).toMatchObject({ rows: 2, columns: 2, output: 'y' });
    expect(log).toEqual([]);
  });

  it.runIf(canSandbox)('within all layers that are required', () => {
    expect(bench.executor.layers).toEqual(
      expect.arrayContaining(['process', 'namespaces', 'seccomp', 'rlimits']),
    );
  });

  it('by its name', () => {
    expect(bench.executor.pairs).toEqual(['builtin/onnx-native']);
    expect(bench.executor.name).toBe('ONNX Runtime (native 1.30.0)');
  });

  it.each([
    ['memory', expandingModel(2 ** 28, 1), '1\n', { memoryMiB: 128 }, 1, 'memory-limit'],
    ['memory that no machine has', expandingModel(2 ** 46, 1), '1\n', {}, 1, 'memory-limit'],
    ['processor time', slow, many, { cpuMs: 300 }, SIZE, 'cpu-limit'],
    ['wall time', slow, many, { timeMs: 300 }, SIZE, 'time-limit'],
    ['output', identity, '1,2\n'.repeat(1000), { outputBytes: 100 }, 2, 'output-limit'],
    ['files', identity, '1,2\n', { files: 1 }, 2, 'files-limit'],
  ])('a limit that breaks is said by its name: %s', async (_what, model, data, limits, columns, code) => {
    expect(await failure(model, data, { limits }, { columns })).toMatchObject({ code });
    // The next call is right.
    expect(await failure(identity, '1,2\n')).toEqual({ code: 'done', message: '' });
  });

  it('a call is cancelled at once', async () => {
    const canceling = new AbortController();
    const ended = failure(slow, many, { signal: canceling.signal }, { columns: SIZE });
    canceling.abort();
    expect((await ended).code).toBe('canceled');
  });

  it('other functions are refused by their names', async () => {
    expect(await failure(identity, '1,2\n', { functionName: 'builtin-echo' })).toEqual({
      code: 'function',
      message:
        'The executor onnx-native runs builtin-onnx-predict alone: create the task with the executor "builtin".',
    });
  });

  it('a runtime whose bytes change is not loaded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-ort-'));
    const { addon, library } = onnxruntimeFiles(folder);
    mkdirSync(dirname(addon.path), { recursive: true });
    copyFileSync(onnxruntimeFiles(`${ONNXRUNTIME}`).addon.path, addon.path);
    writeFileSync(library.path, 'another');
    const troubles: string[] = [];
    const other = await OnnxBench.open(folder, ({ message }) => troubles.push(message));
    try {
      await expect(
        other.run({ columns: 2 }, { model_file: identity, data_file: '1,2\n' }),
      ).rejects.toMatchObject({
        code: 'not-started',
        message: expect.stringContaining('another file than the one that the worker measured') as string,
      });
    } finally {
      await other.close();
      rmSync(folder, { recursive: true });
    }
  });
});
