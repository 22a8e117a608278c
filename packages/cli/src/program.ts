import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * This package: what a platform that is started from here consists of, with all that it depends on. Other modules find the package's files
 * from here: this one is a folder below it in src/, in dist/ and in bundle/, where all modules are.
 */
export const PROGRAM: string = fileURLToPath(new URL('..', import.meta.url));

/** Of this package. */
export function programVersion(): string {
  const found: unknown = createRequire(import.meta.url)('../package.json');
  if (typeof found === 'object' && found !== null && 'version' in found && typeof found.version === 'string')
    return found.version;
  throw new Error('the package.json of this program has no version');
}
