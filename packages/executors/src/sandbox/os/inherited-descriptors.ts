/**
 * Descriptors that this process was started with would be passed on: Node marks its own, and those that follow on standard
 * error, but not one with a higher number. Sandboxes get an empty device in their place.
 */
import type { StdioOptions } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

let covered: { readonly numbers: readonly number[]; readonly empty: number } | undefined;

/** `stdio` for spawn: three pipes, then these, then nothing that anybody left open. */
export function pipesAnd(descriptors: readonly number[]): StdioOptions {
  covered ??= { numbers: inherited(), empty: openSync('/dev/null', 'r') };
  const stdio: ('pipe' | 'ignore' | number)[] = ['pipe', 'pipe', 'pipe', ...descriptors];
  for (const number of covered.numbers) {
    while (stdio.length < number) stdio.push('ignore');
    if (stdio[number] === undefined || stdio[number] === 'ignore') stdio[number] = covered.empty;
  }
  return stdio;
}

function inherited(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((number) => number > 2 && !closesOnExec(number))
    .sort((a, b) => a - b);
}

function closesOnExec(number: number): boolean {
  try {
    const [, flags = '0'] =
      /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'latin1')) ?? [];
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0;
  } catch {
    return true; // It was the listing's own.
  }
}
