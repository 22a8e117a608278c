import { catalogue } from '@gaiwan/catalogue';
import { describe, expect, it } from 'vitest';
import { builtins } from './index.ts';
import { writeModel } from './onnx/write.ts';
import { runFunction } from './testing/run.ts';
import { tinyJpeg } from './testing/tiny-jpeg.ts';

it('every entry of the catalogue has exactly one implementation, and every implementation its entry', () => {
  expect([...builtins.keys()]).toEqual([...catalogue.keys()]);
  expect(new Set(builtins.values()).size).toBe(catalogue.size);
  for (const [name, { entry, name: own }] of builtins) {
    expect(own).toBe(name);
    expect(entry).toBe(catalogue.get(name));
  }
});

describe('examples that the catalogue holds as bytes', () => {
  const example = (name: string) => catalogue.get(name)?.example;

  it('a JPEG of one block', () => {
    expect(example('builtin-face-detection')?.arguments).toEqual({ image: tinyJpeg() });
  });

  it('an ONNX model: twice the first column plus the second', () => {
    const model = writeModel({
      nodes: [{ op: 'MatMul', inputs: ['features', 'weights'], output: 'prediction' }],
      inputs: [{ name: 'features', dims: ['rows', 2] }],
      outputs: [{ name: 'prediction', dims: ['rows', 1] }],
      initializers: [{ name: 'weights', dims: [2, 1], data: Float32Array.of(2, 1) }],
    });
    expect(example('builtin-onnx-predict')?.inputs?.['model_file']).toEqual(Uint8Array.from(model));
  });
});

describe.each([...builtins.values()])('the catalogue entry of $name', (builtin) => {
  const { entry } = builtin;

  it('has an example that gives what it says', async () => {
    const { arguments: args, inputs = {}, outputs = {}, returns } = entry.example;
    for (const name of Object.keys(args)) expect(Object.keys(entry.arguments)).toContain(name);
    const ran = await runFunction(builtin, args, inputs);
    expect(ran.text).toBe(returns);
    expect(ran.outputs).toEqual(outputs);
  });
});
