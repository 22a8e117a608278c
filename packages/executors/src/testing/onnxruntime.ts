/** The native ONNX Runtime for tests: looked for where they are told, as `onnxruntime-node` is nobody's dependency here. */
import { checkedOnnxruntime, installOnnxruntime } from '../index.ts';

const FOLDER = process.env['GAIWAN_ONNXRUNTIME'] ?? '/tmp/ort';

function found(): boolean {
  try {
    checkedOnnxruntime(FOLDER);
    return true;
  } catch {
    return false;
  }
}

/** The folder that it was installed to, as the operator gives it; undefined where it isn't there. */
export const ONNXRUNTIME: string | undefined = found() ? FOLDER : undefined;

/** For each file of tests: they share this module. */
export function sayOnnxruntimeSkipped(): void {
  if (ONNXRUNTIME === undefined)
    console.warn(
      `SKIPPED: native ONNX Runtime is wanted in GAIWAN_ONNXRUNTIME (${installOnnxruntime(FOLDER)}).`,
    );
}
