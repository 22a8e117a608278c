/** @gaiwan/enclave: what code inside a TEE needs. Usable alone. */
export * from './anchor/index.ts';
export * from './attester/attester.ts';
export { type ConfigfsOptions, configfsAttester, detectConfigfs } from './attester/configfs.ts';
export { type GramineOptions, gramineAttester, gramineSealingKey } from './attester/gramine.ts';
export { nitroAttester } from './attester/nitro.ts';
export { type TpmAttesterOptions, tpmAttester } from './attester/tpm.ts';
export * from './machine/index.ts';
export * from './measure/index.ts';
export * from './memory/index.ts';
export * from './sealing/index.ts';
export * from './simulation/index.ts';
export * from './teaclave/index.ts';
export * from './tls/index.ts';
export * from './tpm2/index.ts';
