import type { CataloguedFunction } from '../function.ts';
import { onnxPredictOn } from './predict.ts';
import { webAssembly } from './session.ts';

/** The function as every platform has it. */
export const onnxPredict: CataloguedFunction = onnxPredictOn(webAssembly);
