/** Sealed, ordered key-value store with atomic durable commits and a work queue. */
export type { AnchorOptions, StateAnchor } from './anchor.ts';
export { type CacheOptions, cachedStore } from './cached.ts';
export type { StoreHead } from './embedded/head.ts';
export {
  copyClosedStore,
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  openEmbeddedStore,
} from './embedded/open.ts';
export { limits } from './limits.ts';
export { fileRootKey, type RootKeyCandidate, type RootKeyProvider } from './root-key.ts';
export * from './store.ts';
