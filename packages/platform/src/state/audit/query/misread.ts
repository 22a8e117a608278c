/** A query that cannot be understood is refused, with Teaclave's words (contract 1.8): an empty list would say that nothing happened. */
import { type PlatformError, refuse } from '../../../errors.ts';

/** `reason`: what is wrong with the query, and where. */
export const misread = (reason: string): PlatformError =>
  refuse('bad-audit-query', `audit log error, reason: ${reason}`);
