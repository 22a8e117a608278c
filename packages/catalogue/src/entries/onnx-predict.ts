import { defineEntry } from '../entry.ts';
import { linearModel } from '../examples/onnx-model.ts';

export const onnxPredictEntry = defineEntry({
  name: 'builtin-onnx-predict',
  summary: 'Runs an ONNX model on every row of a table.',
  details:
    'The model has one input of float, double, int32 or int64, with rows along its first dimension. It is run by ONNX Runtime in WebAssembly, with at most 1 GiB of memory (less where the task has less) and nothing else of the machine. Only the chosen output leaves it; several are several runs.',
  arguments: {
    header: { type: 'boolean', text: "Whether the data's first line names the columns", default: false },
    columns: {
      type: 'unsigned',
      text: 'Columns of the data, where the model leaves them open and there is no header',
      minimum: 1,
      maximum: 1 << 20,
      default: undefined,
    },
    output: {
      type: 'string',
      text: "Name of the model's output to write; the first one where not given",
      default: undefined,
    },
  },
  inputs: [
    { name: 'model_file', text: 'The model, an ONNX file of at most 256 MiB without external data' },
    { name: 'data_file', text: 'CSV of numbers, a row for each prediction; nan is a missing value' },
  ],
  outputs: [{ name: 'result_file', text: 'CSV: for each row the numbers of the output, in order' }],
  returns: 'JSON: {"rows","columns","output","type"} of the result',
  example: {
    arguments: { header: true },
    inputs: { model_file: linearModel, data_file: 'age,income\n1,0.5\n-2,0\n' },
    outputs: { result_file: '2.5\n-4.0\n' },
    returns: '{"rows":2,"columns":1,"output":"prediction","type":"float"}',
  },
});
