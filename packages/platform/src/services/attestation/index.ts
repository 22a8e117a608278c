export { type AttestationServiceOptions, attestationHandler } from './http.ts';
export { openKeys, type ServiceKeys } from './keys.ts';
export { Judge } from './verdict.ts';
