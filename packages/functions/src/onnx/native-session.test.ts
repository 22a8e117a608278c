import { describe, expect, it } from 'vitest';
import { type BuiltinFunction, builtins, FunctionError } from '../index.ts';
import { limits } from '../limits.ts';
import { nativeOnnxPredict } from '../native.ts';
import { ortAddon } from '../testing/ort-addon.ts';
import { runFunction } from '../testing/run.ts';
import { FLOAT, FLOAT16, INT64, STRING } from './element.ts';
import { nativeRuntime } from './native-session.ts';
import { writeModel } from './write.ts';

const identity = (type = FLOAT, dims: (number | string)[] = ['n', 2]) =>
  writeModel({
    nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
    inputs: [{ name: 'x', dims, type }],
    outputs: [{ name: 'y', dims, type }],
  });

const open = async (...[behaviour]: Parameters<typeof ortAddon>) => {
  const { addon, calls } = ortAddon(behaviour);
  const session = await nativeRuntime(addon).open(Uint8Array.of(1, 2, 3).subarray(1), {});
  const [[port], [output]] = [session.inputs, session.outputs];
  if (!port || !output) throw new Error('the double has an input and an output');
  return { session, calls, port, output };
};

describe('the native runtime (a double of its addon)', () => {
  it('runs with one thread and without a log, and is given the bytes of the model alone', async () => {
    const { session, calls } = await open();
    session[Symbol.dispose]();
    expect(calls[0]).toBe('init 4 true');
    expect(calls[1]).toMatch(/^load 2 /);
    expect(JSON.parse(calls[1]?.slice('load 2 '.length) ?? '')).toMatchObject({
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    expect(calls.at(-1)).toBe('dispose');
  });

  it('says sizes by their names, -1 where there is none, and type 0 of what is no tensor', async () => {
    const { port, output } = await open({
      input: { shape: [-1, -1, 4], symbolicDimensions: ['rows', '', ''] },
      output: { isTensor: false },
    });
    expect(port).toEqual({ name: 'x', type: FLOAT, dims: ['rows', -1, 4] });
    expect(output).toEqual({ name: 'y', type: 0, dims: [] });
  });

  it.each([
    [FLOAT, Float32Array.of(1.5, -2), 'run float32 [1, 2] 1.5 -2'],
    [FLOAT16, Float16Array.of(1, -2), 'run float16 [1, 2] 15360 49152'],
    [INT64, BigInt64Array.of(2n ** 62n, -1n), 'run int64 [1, 2] 4611686018427387904 -1'],
    [STRING, ['é', ''], 'run string [1, 2] é '],
  ])('gives and takes elements of type %d', async (type, data, call) => {
    const { session, calls, port, output } = await open({ input: { type }, output: { type } });
    const tensor = { type, dims: [1, 2], data };
    expect(session.run([{ port, tensor }], output)).toEqual(tensor);
    expect(calls.at(-1)).toBe(call);
  });

  it('takes inputs and outputs of any name', async () => {
    const name = '__proto__';
    const { session, port, output } = await open({ input: { name }, output: { name: 'constructor' } });
    const tensor = { type: FLOAT, dims: [1, 1], data: Float32Array.of(3) };
    expect(session.run([{ port, tensor }], output).data).toEqual(Float32Array.of(3));
  });

  it.each([
    [
      'Some error. /a/b/c.cc:12 onnxruntime',
      'The model cannot be loaded: Some error. /a/b/c.cc:12 onnxruntime',
    ],
    ['/onnx/session.cc:99 what it is', 'The model cannot be loaded: what it is'],
  ])('refuses a model with its reason: %s', async (why, message) => {
    const load = () => {
      throw new Error(why);
    };
    await expect(open({ load })).rejects.toMatchObject({ code: 'invalid-model', message });
  });

  it.each([
    'Non-zero status code: std::bad_alloc',
    'Non-zero status code: Failed to allocate memory for requested buffer of size 9',
  ])('says that memory is short where the runtime gets none: %s', async (why) => {
    const run = () => {
      throw new Error(why);
    };
    const { session, port, output } = await open({ run });
    const tensor = { type: FLOAT, dims: [1, 1], data: Float32Array.of(3) };
    expect(() => session.run([{ port, tensor }], output)).toThrow(
      expect.objectContaining({ code: 'out-of-memory' }),
    );
  });

  it('refuses what has no numbers, and too many of them, in the words of the one in WebAssembly', async () => {
    const bfloat16 = await open({ output: { type: 16 } });
    const tensor = { type: FLOAT, dims: [1, 1], data: Float32Array.of(3) };
    expect(() => bfloat16.session.run([{ port: bfloat16.port, tensor }], bfloat16.output)).toThrow(
      'The model\'s output "y" is of bfloat16, which has no numbers to write: choose another output.',
    );
    const dims = [1, limits.onnxOutput.value + 1];
    const { session, port, output } = await open({ run: () => ({ dims }) });
    expect(() => session.run([{ port, tensor }], output)).toThrow(
      `The model's output "y" has the shape [${dims.join(', ')}]: at most ${limits.onnxOutput.value} numbers or texts can be taken at once.`,
    );
  });
});

describe('builtin-onnx-predict on native code (a double of the addon)', () => {
  const files = { model_file: identity(), data_file: '1,2\n3,4.5\n' };
  it('answers as in WebAssembly, from the same code', async () => {
    const { addon } = ortAddon();
    const [native, web] = [nativeOnnxPredict(addon), builtins.get('builtin-onnx-predict')];
    const args = { columns: 2 };
    const answer = await runFunction(native, args, files);
    expect(answer.outputs['result_file']).toBe('1.0,2.0\n3.0,4.5\n');
    expect(answer).toEqual(await runFunction(web, args, files));
    expect(native.name).toBe(web?.name);
  });

  it.each([
    ['a model that is none', { ...files, model_file: 'GIF89a' }, {}],
    ['a row that is too long', { ...files, data_file: '1,2,3\n' }, {}],
    ['an argument that is unknown', files, { threads: 2 }],
    ['a format that is unknown', files, { format: 'xlsx' }],
    ['an input that is not there', { data_file: '1,2\n' }, {}],
  ])('refuses %s in the same words', async (_what, given, args) => {
    const { addon } = ortAddon();
    const refusal = async (builtin: BuiltinFunction | undefined) => {
      const error: unknown = await runFunction(builtin, args, given).catch((thrown: unknown) => thrown);
      return error instanceof FunctionError ? [error.code, error.message] : [error];
    };
    const native = await refusal(nativeOnnxPredict(addon));
    expect(native).toEqual(await refusal(builtins.get('builtin-onnx-predict')));
    expect(native).toHaveLength(2);
  });
});
