/** How well scores tell two classes apart. */

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken, as scikit-learn does. */
const CLIP = 2 ** -52;

/** Splits the scores by class, each part ascending. */
function splitByClass(
  labels: Float64Array,
  scores: Float64Array,
): { positive: Float64Array; negative: Float64Array } {
  const positive = scores.filter((_, i) => labels[i] === 1).sort();
  const negative = scores.filter((_, i) => labels[i] !== 1).sort();
  return { positive, negative };
}

/** The part of all pairs of a positive and a negative row that the scores order rightly, ties counting half; null: no pairs. */
export function areaUnderCurve(labels: Float64Array, scores: Float64Array): number | null {
  const { positive, negative } = splitByClass(labels, scores);
  if (positive.length === 0 || negative.length === 0) return null;
  let below = 0;
  let upTo = 0;
  let halves = 0;
  for (const score of positive) {
    while (below < negative.length && negative[below] < score) below++;
    while (upTo < negative.length && negative[upTo] <= score) upTo++;
    halves += below + upTo;
  }
  return halves / 2 / positive.length / negative.length;
}

/** Mean of -log of the probability given to the right class; null where a score is no probability. */
export function logLoss(labels: Float64Array, scores: Float64Array): number | null {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const score = scores[i];
    if (!(score >= 0 && score <= 1)) return null;
    const clipped = Math.min(1 - CLIP, Math.max(CLIP, score));
    sum -= labels[i] === 1 ? Math.log(clipped) : Math.log1p(-clipped);
  }
  return sum / labels.length;
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Counts of right and wrong at a threshold: a score of at least that is a positive. */
export function atThreshold(labels: Float64Array, scores: Float64Array, threshold: number) {
  let [truePositive, falsePositive, positive] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    const isPositive = labels[i] === 1;
    if (isPositive) positive++;
    if (scores[i] < threshold) continue;
    if (isPositive) truePositive++;
    else falsePositive++;
  }
  const falseNegative = positive - truePositive;
  const trueNegative = labels.length - positive - falsePositive;
  return {
    accuracy: (truePositive + trueNegative) / labels.length,
    precision: ratio(truePositive, truePositive + falsePositive),
    recall: ratio(truePositive, positive),
    f1: ratio(2 * truePositive, 2 * truePositive + falsePositive + falseNegative),
    confusion: {
      true_positive: truePositive,
      false_positive: falsePositive,
      true_negative: trueNegative,
      false_negative: falseNegative,
    },
  };
}
