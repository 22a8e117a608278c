/** What of a run is under way, since when, and how long nothing was heard of it. */
import type { Progress } from './progress.ts';

interface Entry {
  readonly since: number;
  heard: number;
  now: string;
  last?: string;
  /** A test took longer than it may: only one that passes is a sign of life again. */
  timedOut?: boolean;
}

export class LogBook {
  readonly #clock: () => number;
  readonly #underWay = new Map<string, Entry>();
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };
  #heard: number;
  #files = 0;
  /** What is heard of one later, a result that was overtaken, brings it to life no more. */
  readonly #ended = new Set<string>();
  #lastFile: string | undefined;

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#heard = clock();
  }

  add(progress: Progress): void {
    const now = this.#clock();
    this.#heard = now;
    if (progress.type === 'run') {
      this.#files = progress.files;
      return;
    }
    const { type, file, test } = progress;
    if (this.#ended.has(file)) {
      if (type === 'ended' && test !== undefined) this.#counts[progress.state]++;
      return;
    }
    const entry = this.#underWay.get(file) ?? { since: now, heard: now, now: '' };
    this.#underWay.set(file, entry);
    if (type === 'begins') entry.now = test ?? 'between its tests';
    else if (test === undefined) {
      this.#underWay.delete(file);
      this.#ended.add(file);
      this.#lastFile = file;
    } else {
      this.#counts[progress.state]++;
      entry.now = 'between its tests';
      entry.last = test;
      if (progress.timedOut) entry.timedOut = true;
      else if (progress.state === 'passed') entry.timedOut = false;
    }
    if (!entry.timedOut) entry.heard = now;
  }

  /** Milliseconds without a sign of life of one of the files under way, or of anything where there is none. */
  silence(): number {
    const heard = [...this.#underWay.values()].map((entry) => entry.heard);
    return this.#clock() - (heard.length === 0 ? this.#heard : Math.min(...heard));
  }

  /** Lines for people: each file under way, and what of it. */
  describe(): string[] {
    const now = this.#clock();
    const lines = [...this.#underWay].map(([file, entry]) => {
      const before = entry.last === undefined ? '' : `; ${entry.last} had ended before`;
      return `${file}, since ${inSeconds(now - entry.since)}, silent for ${inSeconds(now - entry.heard)}: ${entry.now}${before}`;
    });
    if (lines.length === 0) lines.push('no file');
    const after = this.#lastFile === undefined ? '' : `, the last was ${this.#lastFile}`;
    return [...lines, `${this.#ended.size} of ${this.#files} files had ended${after}`];
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
