/** Endless tasks that take no time from anybody: they compute when the processor has nothing else to do. */
import { readdirSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** From now on the sandboxes of WebAssembly that there are below this process give way. */
export function letSandboxesYield(platform: number): void {
  const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === platform || isBelow(parents.get(pid)));
  for (const pid of [...parents.keys()].filter(isBelow)) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bundles/wasm.mjs'))
        setPriority(pid, constants.priority.PRIORITY_LOW);
    } catch {
      // It has ended, or is not ours: then it takes its time.
    }
  }
}

const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
