/** How the native interpreter is called. */
import { fileURLToPath } from 'node:url';

/** Same place seen from `src` and from `dist`: Python's files are not compiled. */
export const PYTHON: string = fileURLToPath(new URL('../../../src/runners/python/', import.meta.url));
export const FLAGS: readonly string[] = ['-I', '-B', '-X', 'utf8'];
/** The interpreter that Linux distributions install. */
export const SYSTEM_PYTHON = '/usr/bin/python3';
