/** Running functions. */
export * from './executor.ts';
