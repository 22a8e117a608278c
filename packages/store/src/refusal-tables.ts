/** The errors of this package by class, for docs/errors.md. */
import { storeRefusals } from './refusals.ts';

export const refusalTables = { StoreError: storeRefusals } as const;
