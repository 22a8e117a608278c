/** The errors of this package by class, for docs/errors.md. */
import { provenanceRefusals } from './errors.ts';

export const refusalTables = { ProvenanceError: provenanceRefusals } as const;
