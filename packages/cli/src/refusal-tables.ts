/** The errors of this package by class, for docs/errors.md. */
import { cliRefusals } from './refusals.ts';

export const refusalTables = { CliError: cliRefusals } as const;
