/** The errors of this package by class, for docs/errors.md. Those that a platform sends are in `@gaiwan/protocol`. */
import { clientRefusals, statusRefusals } from './refusals.ts';

export const refusalTables = { GaiwanError: { ...clientRefusals, ...statusRefusals } } as const;
