/** Reading what can be read: a part that cannot is told with its reason, and the others still count. */
import { type Reason, Refusal } from './refusal.ts';

/** A part of evidence that could not be read. */
export interface UnreadPart {
  /** For people, e.g. "the certificates of the quote". */
  readonly part: string;
  readonly reason: Reason;
  readonly message: string;
}

/** Gathers the parts that could not be read. */
export class Unread {
  readonly parts: UnreadPart[] = [];

  /** What the step gives; undefined, and told, where it refuses. */
  part<T>(part: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      return this.#tell(part, error);
    }
  }

  /** The same for a step that takes its time. */
  async asyncPart<T>(part: string, step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      return this.#tell(part, error);
    }
  }

  #tell(part: string, error: unknown): undefined {
    if (!(error instanceof Refusal)) throw error;
    this.parts.push({ part, reason: error.code, message: error.message });
    return undefined;
  }
}
