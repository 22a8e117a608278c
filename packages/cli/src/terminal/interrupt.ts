/** What Ctrl-C and SIGTERM do: end at once, unless a command has something to close first. */
import { exitCodes } from '../exit-codes.ts';

const end = () => process.exit(exitCodes.interrupted.value);
let handler: () => void = end;

export function listenForInterrupts(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => handler());
}

/** The first signal aborts; the second ends the process. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  handler = () => {
    handler = end;
    controller.abort();
  };
  return controller.signal;
}
