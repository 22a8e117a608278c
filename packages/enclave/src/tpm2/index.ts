export { TpmError } from './errors.ts';
export { PcrMismatch, type SealOptions, sealToPcrs, unsealFromPcrs } from './sealing.ts';
export { type Hierarchy, type SealedObject, type Signed, Tpm, type TpmKey } from './tpm.ts';
export { deviceTransport, type SocketAddress, socketTransport, type TpmTransport } from './transport.ts';
export type { Bank } from './wire.ts';
