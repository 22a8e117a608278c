/** What of a run is under way, since when, and how long nothing was heard of any of it. */
import type { Progress } from './progress.ts';

interface Entry {
  readonly since: number;
  now: string;
  last?: string;
}

export class LogBook {
  readonly #clock: () => number;
  readonly #underWay = new Map<string, Entry>();
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };
  #heard: number;
  #files = 0;
  #ended = 0;
  #lastFile: string | undefined;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#heard = clock();
  }

  add(progress: Progress): void {
    this.#heard = this.#clock();
    if (progress.type === 'run') {
      this.#files = progress.files;
      return;
    }
    const { type, file, test } = progress;
    const entry = this.#underWay.get(file) ?? { since: this.#heard, now: '' };
    this.#underWay.set(file, entry);
    if (type === 'begins') {
      entry.now = test ?? 'between its tests';
      return;
    }
    if (progress.state) this.#counts[progress.state]++;
    if (test !== undefined) {
      entry.now = 'between its tests';
      entry.last = test;
      return;
    }
    this.#underWay.delete(file);
    this.#ended++;
    this.#lastFile = file;
  }

  /** Milliseconds without a sign of life. */
  silence(): number {
    return this.#clock() - this.#heard;
  }

  /** Lines for people: each file under way, and what of it. */
  describe(): string[] {
    const lines = [...this.#underWay].map(([file, { since, now, last }]) => {
      const before = last === undefined ? '' : `; ${last} had ended before`;
      return `${file}, since ${inSeconds(this.#clock() - since)}: ${now}${before}`;
    });
    if (lines.length === 0) lines.push('no file');
    const after = this.#lastFile === undefined ? '' : `, the last was ${this.#lastFile}`;
    return [...lines, `${this.#ended} of ${this.#files} files had ended${after}`];
  }

  /** The last line of a run that did not come to its end: what was under way has failed. */
  summary(): string {
    const { passed, failed, skipped } = this.#counts;
    return `${passed} passed, ${failed + Math.max(1, this.#underWay.size)} failed, ${skipped} skipped`;
  }
}

export function inSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
