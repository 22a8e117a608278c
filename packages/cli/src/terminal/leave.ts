import { limits } from '../limits.ts';

/**
 * The end of a service that was stopped: it is closed, and what still keeps its process, e.g. a device or a folder on a network that does not
 * answer, keeps it no longer. Does nothing where nothing does.
 */
export function leave(): void {
  setTimeout(() => process.exit(), limits.leaving.value).unref();
}
