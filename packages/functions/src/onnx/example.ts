/** A linear model, for the catalogue: twice the first column plus the second. */
import type { Example } from '../catalogue/entry.ts';
import { writeModel } from './write.ts';

const model = writeModel({
  nodes: [{ op: 'MatMul', inputs: ['features', 'weights'], output: 'prediction' }],
  inputs: [{ name: 'features', dims: ['rows', 2] }],
  outputs: [{ name: 'prediction', dims: ['rows', 1] }],
  initializers: [{ name: 'weights', dims: [2, 1], data: Float32Array.of(2, 1) }],
});

export const EXAMPLE: Example = {
  arguments: { header: true },
  inputs: { model_file: model, data_file: 'age,income\n1,0.5\n-2,0\n' },
  outputs: { result_file: '2.5\n-4.0\n' },
  returns: '{"rows":2,"columns":1,"output":"prediction","type":"float"}',
};
