/** Users, functions, data, tasks, the manifest: plain values, and questions and checks about them. */

export { refuse } from '../errors.ts';
export * from '../limits.ts';
export * from './agreement.ts';
export * from './arguments.ts';
export * from './authority.ts';
export * from './blob-url.ts';
export * from './codec.ts';
export * from './data.ts';
export * from './function.ts';
export * from './function-marks.ts';
export * from './group.ts';
export * from './ids.ts';
export * from './iv.ts';
export * from './keys.ts';
export * from './manifest.ts';
export * from './options.ts';
export * from './records.ts';
export * from './repeat.ts';
export * from './roles.ts';
export * from './sha256.ts';
export * from './slots.ts';
export * from './subject.ts';
export * from './task.ts';
export * from './terms.ts';
export * from './user-marks.ts';
