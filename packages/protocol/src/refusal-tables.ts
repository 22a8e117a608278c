/** Every class of coded errors of this package with its table: docs/errors.md is made from it. */
import { manifestRefusals } from './manifest-error.ts';

export const refusalTables = { ManifestError: manifestRefusals } as const;
