/** Runs one vector of the format `attestation-vectors/1`. */
import { contextOf, Refusal } from '@gaiwan/attestation';
import { runEvidence } from './evidence-vector.ts';
import { checkedPath, type Vector } from './format.ts';
import { evidenceOf, readInputs } from './inputs.ts';
import { invalidOutcome, type Outcome, type RunOptions } from './outcome.ts';
import { runCorim, runEpid, runEventLog } from './read-only-vectors.ts';

/** The outcome of a vector. `others`: all vectors by id, for logs that belong to the quote of one. */
export async function runVector(
  vector: Vector,
  others: ReadonlyMap<string, Vector>,
  options: RunOptions,
): Promise<Outcome> {
  try {
    const inputs = await readInputs(vector, options.read);
    const context = contextOf({ at: options.now, ...(options.crypto && { crypto: options.crypto }) });
    switch (vector.kind) {
      case 'tcg-eventlog': {
        const path = vector.quote === undefined ? undefined : others.get(vector.quote)?.files['quote'];
        const quote = path === undefined ? undefined : await options.read(checkedPath(path));
        return await runEventLog(inputs, quote, context);
      }
      case 'sgx-v2-epid':
        return await runEpid(inputs, context);
      case 'corim':
        return await runCorim(inputs);
    }
    const evidence = evidenceOf(vector.kind, inputs);
    if (evidence === undefined) return { verdict: 'unknown-kind', claims: {}, facts: {} };
    return await runEvidence(vector, evidence, inputs, options);
  } catch (error) {
    if (error instanceof Refusal) return invalidOutcome(error);
    throw error;
  }
}
