/** Endless tasks that take no time from anybody: they compute when the processor has nothing else to do. */
import { readdirSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** From now on all sandboxes of WebAssembly that there are give way. */
export function letSandboxesYield(): void {
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('bundles/wasm.mjs'))
        setPriority(Number(name), constants.priority.PRIORITY_LOW);
    } catch {
      // It has ended, or is not ours: then it takes its time.
    }
  }
}
