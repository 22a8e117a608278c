export { type AttestationServiceOptions, attestationHandler, rateOf } from './http.ts';
export { openKeys, type ServiceKeys } from './keys.ts';
export type { Rate } from './rate-limit.ts';
export { Judge } from './verdict.ts';
