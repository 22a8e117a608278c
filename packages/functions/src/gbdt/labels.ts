/** The labels that a loss takes. */
import type { Loss } from '../kernels/gbdt/loss.ts';
import { type Labels, numberLabels } from '../tables/labels.ts';

export function labelsOf(loss: Loss): Labels {
  switch (loss) {
    case 'BinaryLogistic':
    case 'BinaryLogitraw':
      return { low: 0, high: 1, between: false, text: `the loss ${loss} wants labels 0 and 1` };
    case 'RegLogistic':
      return { low: 0, high: 1, between: true, text: `the loss ${loss} wants labels from 0 to 1` };
    case 'LogLikelyhood':
      return { low: -1, high: 1, between: false, text: `the loss ${loss} wants labels -1 and 1` };
    default:
      return numberLabels;
  }
}
