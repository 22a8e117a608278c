import { fileURLToPath } from 'node:url';

/** This package: what a platform that is started from here consists of, with all that it depends on. */
export const PROGRAM: string = fileURLToPath(new URL('..', import.meta.url));
