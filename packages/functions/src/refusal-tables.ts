/** The package's refusals by class of errors, for docs/errors.md. */
import { functionRefusals } from './refusal.ts';

export const refusalTables = { FunctionError: functionRefusals } as const;
