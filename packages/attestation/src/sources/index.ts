/** Where endorsements come from. */
export { type AmdOptions, amdSource } from './amd.ts';
export { type CacheOptions, cachedSource } from './cached.ts';
export { chooseEndorsements } from './choose.ts';
export type { HttpOptions } from './http.ts';
export { type IntelOptions, intelSource } from './intel.ts';
export {
  type EndorsementSource,
  firstOf,
  memorySource,
  SourceError,
  type SourceErrorCode,
} from './source.ts';
