/** The conformance suite: any folder of vectors of the format `attestation-vectors/1`. */
export type { Line, ReadFile } from './format.ts';
export { runConformance } from './run.ts';
