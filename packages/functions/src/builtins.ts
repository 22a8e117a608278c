import { joinAggregate } from './aggregate/aggregate.ts';
import { onlineDecrypt } from './decrypt/decrypt.ts';
import { echo } from './echo.ts';
import { faceDetection } from './faces/faces.ts';
import { withFormats } from './formats/with-formats.ts';
import type { CataloguedFunction } from './function.ts';
import { gbdtPredict } from './gbdt/predict.ts';
import { gbdtTrain } from './gbdt/train.ts';
import { orderedSetIntersect } from './intersect/intersect.ts';
import { privateJoinAndCompute } from './join/join.ts';
import { kMeans } from './kmeans/kmeans.ts';
import { linearPredict } from './linear/predict.ts';
import { linearTrain } from './linear/train.ts';
import { logisticPredict } from './logistic/predict.ts';
import { logisticTrain } from './logistic/train.ts';
import { modelMetrics } from './metrics/metrics.ts';
import { onnxPredict } from './onnx/on-web-assembly.ts';
import { passwordCheck } from './password/password.ts';
import { principalComponents } from './pca/pca.ts';
import { rsaSign } from './rsa/sign.ts';
import { trainTestSplit } from './sampling/split.ts';
import { privateSetIntersect } from './sets/intersect.ts';
import { columnStatistics } from './statistics/statistics.ts';
import { crossValidation } from './validation/cross-validation.ts';

/** In the order of their names. */
const all: readonly CataloguedFunction[] = [
  columnStatistics,
  crossValidation,
  echo,
  faceDetection,
  gbdtPredict,
  gbdtTrain,
  joinAggregate,
  kMeans,
  linearPredict,
  linearTrain,
  logisticPredict,
  logisticTrain,
  modelMetrics,
  onnxPredict,
  orderedSetIntersect,
  passwordCheck,
  privateJoinAndCompute,
  privateSetIntersect,
  rsaSign,
  trainTestSplit,
  onlineDecrypt,
  principalComponents,
];

/** Every built-in function by its registered name. */
export const builtins: ReadonlyMap<string, CataloguedFunction> = new Map(
  all.map((builtin) => [builtin.name, withFormats(builtin)]),
);
