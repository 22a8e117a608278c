/** The package's refusals by class of errors, for docs/errors.md. */
import { catalogueRefusals } from './refusals.ts';

export const refusalTables = { CatalogueError: catalogueRefusals } as const;
