import { echo } from './echo.ts';
import { faceDetection } from './faces/faces.ts';
import type { CataloguedFunction } from './function.ts';
import { gbdtPredict } from './gbdt/predict.ts';
import { gbdtTrain } from './gbdt/train.ts';
import { orderedSetIntersect } from './intersect/intersect.ts';
import { privateJoinAndCompute } from './join/join.ts';
import { kMeans } from './kmeans/kmeans.ts';
import { logisticPredict } from './logistic/predict.ts';
import { logisticTrain } from './logistic/train.ts';
import { modelMetrics } from './metrics/metrics.ts';
import { onnxPredict } from './onnx/predict.ts';
import { principalComponents } from './pca/pca.ts';

const all: readonly CataloguedFunction[] = [
  echo,
  faceDetection,
  gbdtPredict,
  gbdtTrain,
  kMeans,
  logisticPredict,
  logisticTrain,
  modelMetrics,
  onnxPredict,
  orderedSetIntersect,
  principalComponents,
  privateJoinAndCompute,
];

/** Every built-in function by its registered name. */
export const builtins: ReadonlyMap<string, CataloguedFunction> = new Map(
  all.map((builtin) => [builtin.name, builtin]),
);
