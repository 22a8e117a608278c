/** Where a native interpreter is installed: known from its path, before anything of it runs. */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { mustStayHidden } from '../../sandbox/hidden-paths.ts';

/**
 * Of `PREFIX/bin/python3`, of what that links to, and of the interpreter that a virtual environment was made of (its
 * `pyvenv.cfg`, PEP 405). Throws where a folder is one that no sandbox is shown.
 */
export function prefixesOf(python: string): string[] {
  const programs = [python, realpathSync(python)];
  const own = programs.map((program) => dirname(dirname(program)));
  const bases = own.map(homeOf).filter((home) => home !== undefined);
  const prefixes = [...own, ...bases.map((home) => dirname(realpathSync(home)))];
  const hidden = prefixes.find((prefix) => prefix !== '/' && mustStayHidden(prefix));
  if (hidden !== undefined) {
    throw new Error(`it lies in ${hidden}, which no sandbox is shown: install it in a folder of its own.`);
  }
  // Of /bin/python3 that is "/": what the system installs is seen anyway.
  return [...new Set(prefixes)].filter((prefix) => prefix !== '/');
}

/** The folder of the base interpreter, where this is a virtual environment. */
function homeOf(prefix: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(join(prefix, 'pyvenv.cfg'), 'utf8');
  } catch {
    return undefined;
  }
  const [, home = ''] = /^home\s*=\s*(.+?)\s*$/m.exec(text) ?? [];
  return isAbsolute(home) ? home : undefined;
}
