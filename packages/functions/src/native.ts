/** @gaiwan/functions/native: the function that also runs on native code, for the process in a sandbox that brings that code. */
export { parseArguments } from './arguments/json.ts';

import { withFormats } from './formats/with-formats.ts';
import type { BuiltinFunction } from './function.ts';
import { nativeRuntime, type OrtAddon } from './onnx/native-session.ts';
import { onnxPredictOn } from './onnx/predict.ts';

export type { BuiltinFunction, FunctionContext } from './function.ts';
export type { OrtAddon } from './onnx/native-session.ts';
export { FunctionError } from './refusal.ts';

/** `builtin-onnx-predict` over the native ONNX Runtime: the same code but for what runs the model. Throws `Error` where the runtime does not start. */
export const nativeOnnxPredict = (addon: OrtAddon): BuiltinFunction =>
  withFormats(onnxPredictOn(nativeRuntime(addon)));
