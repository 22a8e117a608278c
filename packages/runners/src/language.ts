import type { Job } from '@gaiwan/protocol/executor';
import type { Files } from './files.ts';

/** A function that can be run once. */
export interface Loaded {
  /** @returns The result. */
  run(job: Job, files: Files): Uint8Array;
}

/** What a runner's program gives to `serve`. */
export interface Language {
  /** May prepare everything, and run nothing. */
  load(code: Uint8Array<ArrayBuffer>): Loaded;
}
