import { echo } from './echo.ts';
import type { CataloguedFunction } from './function.ts';
import { gbdtPredict } from './gbdt/predict.ts';
import { gbdtTrain } from './gbdt/train.ts';
import { orderedSetIntersect } from './intersect/intersect.ts';
import { privateJoinAndCompute } from './join/join.ts';
import { logisticPredict } from './logistic/predict.ts';
import { logisticTrain } from './logistic/train.ts';
import { modelMetrics } from './metrics/metrics.ts';

const all: readonly CataloguedFunction[] = [
  echo,
  gbdtPredict,
  gbdtTrain,
  logisticPredict,
  logisticTrain,
  modelMetrics,
  orderedSetIntersect,
  privateJoinAndCompute,
];

/** Every built-in function by its registered name. */
export const builtins: ReadonlyMap<string, CataloguedFunction> = new Map(
  all.map((builtin) => [builtin.name, builtin]),
);
