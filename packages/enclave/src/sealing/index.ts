export { type BrokerOptions, brokerSealer } from './broker.ts';
export { type DerivedKeyOptions, derivedKeySealer, type Registers } from './derived.ts';
export { type RootKey, type SealedRootKey, sealedRootKey } from './root-key.ts';
export { type Sealer, SealingError } from './sealer.ts';
export { type TpmSealerOptions, tpmSealer } from './tpm.ts';
