/** Runs a program within the layers until it ends, for what it prints. */
import { once } from 'node:events';
import { limits } from '../limits.ts';
import type { Launcher } from './launcher.ts';
import type { RunnerSpec } from './runner.ts';

/** What a program wrote. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** Of each stream. */
const MOST_BYTES = limits.printed.value;

/**
 * Its input ends at once, or after `look`, which is called with the process's number when the program has written a line and still runs.
 * Its memory is what the launcher gives to an idle runner. A program that takes longer, or prints more than 1 MiB, is killed:
 * what it had printed by then is given.
 */
export async function runOnce(
  launcher: Launcher,
  runner: RunnerSpec,
  withinMs: number,
  look?: (pid: number) => void,
): Promise<Printed> {
  const sandboxed = launcher.launch(runner);
  const { child } = sandboxed;
  const timer = setTimeout(() => sandboxed.kill(), withinMs);
  try {
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        if (said[stream].length + text.length > MOST_BYTES) sandboxed.kill();
        // oxlint-disable-next-line names/no-names-in-plain-objects -- stdout or stderr
        else said[stream] += text;
      });
    }
    const ended = once(child, 'close');
    // A program that ends without reading is no fault of the pipe's.
    child.stdin.on('error', () => undefined);
    if (look) {
      const line = new Promise<true>((resolve) => {
        child.stdout.on('data', (text: string) => text.includes('\n') && resolve(true));
      });
      if ((await Promise.race([line, ended])) === true && child.pid !== undefined) look(child.pid);
    }
    child.stdin.end();
    await ended;
    return said;
  } finally {
    clearTimeout(timer);
    sandboxed.kill();
    await sandboxed.release();
  }
}
