/** The process that runs `builtin-onnx-predict` on the native ONNX Runtime, over the executor protocol: one job in a process. */
import { type FunctionContext, nativeOnnxPredict } from '@gaiwan/functions/native';
import { loadAddon } from './onnx/addon.ts';
import { builtinLanguage } from './onnx/language.ts';
import { serve } from './serve.ts';

const [, , executor = '', addon = '', addonHash = '', library = '', libraryHash = ''] = process.argv;
const predict = nativeOnnxPredict(
  loadAddon({ path: addon, sha256: addonHash }, { path: library, sha256: libraryHash }),
);

/** Two rows of two numbers, and a model of ours that doubles them: what every job needs is compiled before one comes. */
const DOUBLES = Buffer.from(
  'CAg6QwoOCgF4CgF4EgF5IgNBZGQSBWdyYXBoWhQKAXgSDwoNCAESCQoDEgFuCgIIAmIUCgF5Eg8KDQgBEgkKAxIBbgoCCAJCAhAN',
  'base64',
);
const files: Readonly<Record<string, Uint8Array>> = {
  model_file: DOUBLES,
  data_file: Buffer.from('a,b\n1,2\n3,-4.5\n'),
};
const warmUp: FunctionContext = {
  args: { header: true, features: ['b', 'a'] },
  input: (name) => ({ chunks: () => [files[name] ?? new Uint8Array()] }),
  output: () => ({ write: () => undefined, close: () => undefined }),
  log: () => undefined,
};
await predict.run(warmUp);
await serve(builtinLanguage(predict, executor));
