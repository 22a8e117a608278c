/** The platform: the domain and the services over it. */
export { type PlatformOptions, type RunningPlatform, startPlatform } from './compose/single.ts';
export { PlatformError } from './errors.ts';
