/** For tests of other packages. */
export * from './sigstore.ts';
