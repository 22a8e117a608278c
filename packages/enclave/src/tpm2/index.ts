export { TpmError } from './errors.ts';
export type { Hierarchy, TpmKey } from './lending.ts';
export { type Signed, TpmNv } from './nv.ts';
export type { SealedObject } from './objects.ts';
export { type PcrDifference, PcrMismatch } from './pcr-mismatch.ts';
export { type SealOptions, sealToPcrs, unsealFromPcrs } from './sealing.ts';
export { Tpm } from './tpm.ts';
export { deviceTransport, type SocketAddress, socketTransport, type TpmTransport } from './transport.ts';
export type { Bank } from './wire.ts';
