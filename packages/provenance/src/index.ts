/** @gaiwan/provenance: who built a function's code, by Sigstore bundles with SLSA provenance. */
export { type Build, type BuildRule, requireBuild } from './build.ts';
export * from './errors.ts';
export { readTrustedRoots, type TrustedRoots } from './trusted-root.ts';
export { verifyProvenance } from './verify.ts';
