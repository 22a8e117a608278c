/** @gaiwan/enclave: what code inside a TEE needs. Usable alone. */
export * from './attester/attester.ts';
export * from './memory/index.ts';
