/** Programs of the host that build the sandbox. They are trusted (docs/threat-model.md), so it matters where they come from. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Not PATH: workers have none, and whoever sets one would choose the sandbox's walls. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/run/current-system/sw/bin'];
/** Group and others. */
const MAY_CHANGE = 0o022;

/** Its absolute path: the first one that is executable, and that neither a group nor everybody may change or replace. */
export function which(program: string, folders: readonly string[] = FOLDERS): string | undefined {
  return folders.map((folder) => join(folder, program)).find(isTrustworthy);
}

function isTrustworthy(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const target = realpathSync(path);
    return [target, dirname(path), dirname(target)].every((name) => (statSync(name).mode & MAY_CHANGE) === 0);
  } catch {
    return false;
  }
}
