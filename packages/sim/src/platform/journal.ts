/** What users asked for, and what they were told: what the auditor knows. */

import type { FileKey } from '@gaiwan/files';

/** How often something was done, as far as anybody was told: acknowledged, and perhaps done beyond that. */
export interface Count {
  acknowledged: number;
  perhaps: number;
}

/** Done, not done, or nobody knows. */
export type Done = 'yes' | 'no' | 'perhaps';

export interface OutputStory {
  readonly id: string;
  readonly key: FileKey;
  /** That its file is stored under. */
  readonly name: string;
}

export interface TaskStory {
  readonly id: string;
  readonly by: string;
  /** Its function. */
  readonly function: string;
  /** Text of its arguments. */
  readonly given: string;
  readonly input?: string;
  readonly output?: OutputStory;
  invoked: Done;
  canceled: Done;
}

export class Journal {
  readonly tasks: TaskStory[] = [];
  /** Data that somebody was told of: what `GetInputFile` or `GetOutputFile` finds, and for whom. */
  readonly data: { readonly id: string; readonly by: string }[] = [];
  /** Uploads that were acknowledged as complete, and what is in them. */
  readonly uploads: { readonly url: string; readonly by: string }[] = [];
  readonly #calls = new Map<string, Count>();

  /** Of a user's calls of a method. */
  calls(by: string, method: string): Count {
    const name = `${by} ${method}`;
    const count = this.#calls.get(name) ?? { acknowledged: 0, perhaps: 0 };
    this.#calls.set(name, count);
    return count;
  }

  get allCalls(): ReadonlyMap<string, Count> {
    return this.#calls;
  }
}
