/** What SIGUSR2 does to a service: it rotates the keys of what is stored. */
import { type Context, note } from '../context.ts';

/** A running service, as far as this is about it. */
interface Rotating {
  rotateKeys(): Promise<void>;
}

/**
 * To be called before anything is awaited: from then on the signal no longer ends the process. One that comes before the service runs
 * is acted upon when the returned function is given it.
 */
export function rotationSignal(context: Context): (service: Rotating) => void {
  let running: Rotating | undefined;
  let asked = false;
  const rotate = () => {
    if (running === undefined) {
      asked = true;
      return;
    }
    running.rotateKeys().then(
      () => note(context, 'Keys rotated: nothing is left under the old ones.'),
      (error: Error) => note(context, `gaiwan: ${error.message}`),
    );
  };
  process.on('SIGUSR2', rotate);
  return (service) => {
    running = service;
    if (asked) rotate();
  };
}
