/** All built-in functions. */
import {
  columnStatisticsEntry,
  crossValidationEntry,
  echoEntry,
  faceDetectionEntry,
  gbdtPredictEntry,
  gbdtTrainEntry,
  joinAggregateEntry,
  kMeansEntry,
  linearPredictEntry,
  linearTrainEntry,
  logisticPredictEntry,
  logisticTrainEntry,
  modelMetricsEntry,
  onlineDecryptEntry,
  onnxPredictEntry,
  orderedSetIntersectEntry,
  passwordCheckEntry,
  principalComponentsEntry,
  privateJoinAndComputeEntry,
  privateSetIntersectEntry,
  rsaSignEntry,
  trainTestSplitEntry,
} from './entries/index.ts';
import type { CatalogueEntry } from './entry.ts';

/** In the order of their names. */
const entries: readonly CatalogueEntry[] = [
  columnStatisticsEntry,
  crossValidationEntry,
  echoEntry,
  faceDetectionEntry,
  gbdtPredictEntry,
  gbdtTrainEntry,
  joinAggregateEntry,
  kMeansEntry,
  linearPredictEntry,
  linearTrainEntry,
  logisticPredictEntry,
  logisticTrainEntry,
  modelMetricsEntry,
  onnxPredictEntry,
  orderedSetIntersectEntry,
  passwordCheckEntry,
  privateJoinAndComputeEntry,
  privateSetIntersectEntry,
  rsaSignEntry,
  trainTestSplitEntry,
  onlineDecryptEntry,
  principalComponentsEntry,
];

/** The entry of every built-in function by its registered name. */
export const catalogue: ReadonlyMap<string, CatalogueEntry> = new Map(
  entries.map((entry) => [entry.name, entry]),
);
