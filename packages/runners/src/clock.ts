/** A clock too coarse to time caches with. */
import { limits } from './limits.ts';

/** Milliseconds. */
export const RESOLUTION = limits.clockResolution.value;

export function coarse(milliseconds: number): number {
  return Math.floor(milliseconds / RESOLUTION) * RESOLUTION;
}

/** From here on every clock of this process is coarse, also for interpreters that ask it. */
export function coarsenClocks(): void {
  const now = Date.now;
  const elapsed = performance.now.bind(performance);
  Date.now = () => coarse(now());
  performance.now = () => coarse(elapsed());
}
