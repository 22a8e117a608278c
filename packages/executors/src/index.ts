/** Running functions. */
export { BuiltinExecutor, type BuiltinExecutorOptions } from './builtin/pool.ts';
export * from './executor.ts';
export * from './staged.ts';
