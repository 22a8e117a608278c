/** A clock too coarse to time caches with. */
import { limits } from './limits.ts';

/** Milliseconds. */
export const RESOLUTION = limits.clockResolution.value;

/** Rounded down to the resolution. */
function coarsen(milliseconds: number): number {
  return Math.floor(milliseconds / RESOLUTION) * RESOLUTION;
}

/** From here on every clock of this process is coarse, also for interpreters that ask it. */
export function coarsenClocks(): void {
  const now = Date.now;
  const elapsed = performance.now.bind(performance);
  Date.now = () => coarsen(now());
  performance.now = () => coarsen(elapsed());
}
