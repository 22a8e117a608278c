/** Time that a test drives by hand. */
import type { SystemClock } from '../ports.ts';

export class TestClock implements SystemClock {
  #wall: number;
  #monotonic = 0;

  constructor(start: number) {
    this.#wall = start;
  }

  /** ms since the epoch. Time passes by setting it forward; setting it back is a step. */
  get time(): number {
    return this.#wall;
  }

  set time(to: number) {
    this.#monotonic += Math.max(0, to - this.#wall);
    this.#wall = to;
  }

  /** Somebody sets the time of day; no time passes. */
  step(ms: number): void {
    this.#wall += ms;
  }

  readonly now = (): number => this.#wall;
  readonly monotonic = (): number => this.#monotonic;
}
