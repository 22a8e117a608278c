export { type AttestationServiceOptions, attestationHandler, rateOf } from './http.ts';
export { openKeys } from './keys.ts';
export { Judge } from './verdict.ts';
