/** Sealed, ordered key-value store with atomic durable commits and a work queue. */
export * from './store.ts';
