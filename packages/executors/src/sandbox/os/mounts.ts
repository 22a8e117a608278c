/**
 * Which of the paths that a sandbox is to see are mounted. A path within a folder that is mounted is there already, and where it is a
 * symbolic link, as the interpreter of a virtual environment is, nothing can be mounted on it: what it leads to is mounted instead.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Absolute paths, each once, none within another. Their links lead to the same as on the host, link by link. */
export function mountsFor(paths: readonly string[]): string[] {
  const wanted = new Set(paths);
  // What is added is visited, too.
  for (const path of wanted) {
    const target = isWithinAnother(path, wanted) ? targetOf(path) : undefined;
    if (target !== undefined) wanted.add(target);
  }
  return [...wanted].filter((path) => !isWithinAnother(path, wanted));
}

function isWithinAnother(path: string, others: ReadonlySet<string>): boolean {
  for (let at = path; at !== dirname(at); ) {
    at = dirname(at);
    if (others.has(at)) return true;
  }
  return false;
}

/** Undefined where it is no link. */
function targetOf(path: string): string | undefined {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  return resolve(dirname(path), readlinkSync(path));
}
