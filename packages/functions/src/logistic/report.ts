/** What training tells of itself: in its result, or in its log where the result is Teaclave's. */
import type { Quality } from '../kernels/logistic/quality.ts';
import type { Filled } from '../tables/fill.ts';
import type { Options } from './options.ts';

/** A gradient descent has arrived where no part of the mean loss's gradient is larger. */
const ARRIVED = 1e-4;

export interface Trained {
  /** Intercept first. */
  readonly weights: Float64Array;
  readonly iterations: number;
  /** undefined: the solver does not know. */
  readonly converged: boolean | undefined;
}

interface Told {
  readonly rows: number;
  readonly features: number;
  readonly trained: Trained;
  readonly quality: Quality;
  readonly options: Options;
  /** undefined: nothing was to be filled in. */
  readonly filled: Filled | undefined;
}

/** The result as JSON, and the same in lines for the log. */
export function describeFit({ rows, features, trained, quality, options, filled }: Told) {
  const { solver, l2 } = options;
  const { logLoss, gradient, separates } = quality;
  const endless = separates && l2 === 0;
  const converged = !endless && (trained.converged ?? gradient <= ARRIVED);
  const warnings: string[] = [];
  if (endless) {
    warnings.push(
      'These columns tell the labels apart without a mistake: no weights are the best, larger ones fit better without end. ' +
        'Give "solver" "newton" and "l2" a value above 0.',
    );
  } else if (!converged && solver === 'newton') {
    warnings.push('The tolerance was not reached: give a larger "alg_iters" or "tolerance".');
  } else if (!converged) {
    warnings.push(
      'The descent has not arrived: give more "alg_iters", scale the columns, or take "solver" "newton".',
    );
  }
  const ended = converged ? 'Converged' : 'Not converged';
  return {
    text: JSON.stringify({
      rows,
      features,
      solver,
      converged,
      iterations: trained.iterations,
      log_loss: logLoss,
      ...(filled && { filled_in: filled.count }),
      ...(warnings.length > 0 && { warnings }),
    }),
    lines: [`${ended} after ${trained.iterations} iterations, log loss ${logLoss}.`, ...warnings],
  };
}
