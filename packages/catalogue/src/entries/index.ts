/** The entry of each built-in function: its implementation decodes its arguments by the same declarations. */
export { echoEntry } from './echo.ts';
export { faceDetectionEntry } from './face-detection.ts';
export { gbdtPredictEntry } from './gbdt-predict.ts';
export { gbdtTrainContract, gbdtTrainEntry, gbdtTrainOptions } from './gbdt-train.ts';
export { joinAggregateEntry } from './join-aggregate.ts';
export { kMeansEntry } from './k-means.ts';
export { logisticPredictEntry } from './logistic-predict.ts';
export { logisticTrainContract, logisticTrainEntry, logisticTrainOptions } from './logistic-train.ts';
export { modelMetricsEntry } from './model-metrics.ts';
export { onlineDecryptEntry } from './online-decrypt.ts';
export { onnxPredictEntry } from './onnx-predict.ts';
export { orderedSetIntersectEntry } from './ordered-set-intersect.ts';
export { passwordCheckEntry } from './password-check.ts';
export { principalComponentsEntry } from './principal-components.ts';
export { privateJoinAndComputeEntry } from './private-join-and-compute.ts';
export { privateSetIntersectEntry } from './private-set-intersect.ts';
export { rsaSignEntry } from './rsa-sign.ts';
