import { defineEntry } from '../entry.ts';
import { linearModel } from '../examples/onnx-model.ts';
import { tableFormat } from '../table-arguments.ts';

export const onnxPredictEntry = defineEntry({
  name: 'builtin-onnx-predict',
  summary: 'Runs an ONNX model on every row of a table.',
  details:
    'The inputs of the model are of floats, integers, bool or string, with rows along their first dimension; each takes one column, or ' +
    'several that fill its row in order. With `header`, inputs of one column are found by its name if the model has several, and any by ' +
    '`features`; the result says how columns were found. Empty cells and nan are missing values (nan, or an empty text), infinities are ' +
    'refused, and texts go in as they stand, blanks included. A classifier that ends with ZipMap gives its probabilities, a column for ' +
    'each class. Where the operators show that every row is answered on its own, rows are streamed; of other models (a mean over all rows, ' +
    'dynamic quantization) all rows go in at once, or as many as the model wants, and then their number must be a multiple of that. ' +
    'The model is run by ONNX Runtime in WebAssembly, with at most 1 GiB of memory (less where the task has less) and nothing else of ' +
    'the machine, or natively in a sandbox where the operator offers that and the task names the executor `onnx-native`: IR versions up to ' +
    '13, opsets up to 26 (ai.onnx.ml: 5), no random numbers without a seed. Only the chosen output leaves it; several are several runs.',
  arguments: {
    header: { type: 'boolean', text: "Whether the data's first line names the columns", default: false },
    columns: {
      type: 'unsigned',
      text: 'Columns of the data, where the model leaves them open and there is no header',
      minimum: 1,
      maximum: 1 << 20,
      default: undefined,
    },
    features: {
      type: 'strings',
      text: 'With `header`: names of the columns that go into the model, in the order of its inputs',
      default: undefined,
    },
    extra_columns: {
      type: 'string',
      text: 'With `header`: what becomes of columns that do not go into the model',
      choices: ['refuse', 'ignore'],
      default: 'refuse',
    },
    row_shape: {
      type: 'string',
      text: 'Sizes of one row where the model leaves several open: `3x48x320` for a picture of 3 channels, 48 lines, 320 columns',
      default: undefined,
    },
    output: {
      type: 'string',
      text: "Name of the model's output to write; the first one where not given",
      default: undefined,
    },
    result_header: {
      type: 'boolean',
      text: 'Whether the first line of the result names its columns: the classes of a classifier with ZipMap, else the output, with numbers if it has several columns',
      default: false,
    },
    format: tableFormat,
  },
  inputs: [
    { name: 'model_file', text: 'The model, an ONNX file of at most 256 MiB without external data' },
    { name: 'data_file', text: 'CSV, a row for each prediction', table: { header: 'header' } },
  ],
  outputs: [{ name: 'result_file', text: 'CSV: for each row the elements of the output, in order' }],
  returns:
    'JSON: rows, columns, output and type of the result; the other outputs, how columns were found (`columns_by`), how many rows went in at once (`any`: as many as convenient), missing values, warnings',
  example: {
    arguments: { header: true, features: ['age', 'income'] },
    inputs: { model_file: linearModel, data_file: 'age,income\n1,0.5\n-2,0\n' },
    outputs: { result_file: '2.5\n-4.0\n' },
    returns:
      '{"rows":2,"columns":1,"output":"prediction","type":"float","columns_by":"name","rows_at_once":"any","missing_values":0}',
  },
});
