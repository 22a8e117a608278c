import type { Job } from '@gaiwan/protocol/executor';
import type { Files } from './files.ts';

/** A function that is ready for one run. */
export interface Loaded {
  /** @returns The result. */
  run(job: Job, files: Files): Uint8Array | Promise<Uint8Array>;
}

/** A function's code, from which each job gets a function of its own. */
export interface Source {
  /** Shares nothing with those before that a run can change. Runs nothing of the code. */
  fresh(): Promise<Loaded>;
}

/** What a runner's program gives to `serve`. */
export interface Language {
  /** May prepare everything, and run nothing. */
  load(code: Uint8Array<ArrayBuffer>): Source;
}
