/** The errors of this package by class, for docs/errors.md. */
import { attestationServiceRefusals } from '@gaiwan/protocol';
import { platformRefusals } from './refusals.ts';

export const refusalTables = {
  PlatformError: platformRefusals,
  ServiceRefusal: attestationServiceRefusals,
} as const;
