/** The machine's time. Nothing else of the platform asks the machine for it. */
import type { SystemClock } from './ports.ts';

export const systemClock: SystemClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
