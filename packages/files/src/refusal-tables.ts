/** The errors of this package by class, for docs/errors.md. */
import { filesRefusals } from './errors.ts';

export const refusalTables = { FilesError: filesRefusals } as const;
