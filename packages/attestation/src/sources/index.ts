/** Where endorsements come from. */
export { type AmdOptions, amdSource } from './amd.ts';
export { type CacheOptions, cachedSource } from './cached.ts';
export { type ChosenEndorsements, chooseEndorsements, type UnusedFile } from './choose.ts';
export type { NamedFile } from './collect.ts';
export type { HttpOptions } from './http.ts';
export { type IntelOptions, intelSource } from './intel.ts';
export {
  type EndorsementSource,
  firstOf,
  memorySource,
  SourceError,
  type SourceErrorCode,
} from './source.ts';
