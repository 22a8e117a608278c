/** The package's refusals by class of errors, for docs/errors.md. */
import { policyRefusals } from './appraise/policy.ts';
import { reasons } from './refusal.ts';
import { sourceRefusals } from './sources/source.ts';

/** By the name of the class. */
export const refusalTables = {
  Refusal: reasons,
  PolicyError: policyRefusals,
  SourceError: sourceRefusals,
} as const;
