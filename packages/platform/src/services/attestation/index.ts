export { attestationHandler, rateOf } from './http.ts';
export { openKeys, type ServiceKeys } from './keys.ts';
export { Judge } from './verdict.ts';
