/** A clock too coarse to time caches with. */

/** Milliseconds. */
export const RESOLUTION = 10;

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
