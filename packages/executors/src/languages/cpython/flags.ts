/** How the native interpreter is called. */
export const FLAGS: readonly string[] = ['-I', '-B', '-X', 'utf8'];
/** The interpreter that Linux distributions install. */
export const SYSTEM_PYTHON = '/usr/bin/python3';
