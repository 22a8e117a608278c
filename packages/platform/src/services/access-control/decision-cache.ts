/**
 * Decisions that were made, by the whole question: policies do not change while a platform runs, and Cedar's answer
 * depends on nothing else. The least recently used go first.
 */
import { limits } from '../../limits.ts';

const ENTRIES = limits.decisions.value;
/** Characters of a question that is kept: long lists of people are asked about anew. */
const LONGEST = limits.decisionText.value;

export class DecisionCache {
  readonly #decisions = new Map<string, string | undefined>();

  of(question: string, decide: () => string | undefined): string | undefined {
    if (question.length > LONGEST) return decide();
    const known = this.#decisions.has(question);
    const decision = known ? this.#decisions.get(question) : decide();
    this.#decisions.delete(question);
    this.#decisions.set(question, decision);
    if (!known && this.#decisions.size > ENTRIES) {
      const [oldest = ''] = this.#decisions.keys();
      this.#decisions.delete(oldest);
    }
    return decision;
  }
}
