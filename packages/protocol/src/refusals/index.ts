/**
 * Every refusal that a platform sends: code, gRPC status, Teaclave's text where its contract has one, HTTP status where
 * it is sent over plain HTTP, what it means, and what the caller can do. docs/errors.md is generated from these tables.
 */
import { accountRefusals } from './accounts.ts';
import { callRefusals } from './calls.ts';
import { dataRefusals } from './data.ts';
import { fileRefusals } from './files.ts';
import { functionRefusals } from './functions.ts';
import { keyRefusals } from './keys.ts';
import type { CodeOf, GrpcRefusal, HttpRefusal } from './refusal.ts';
import { storeRefusals } from './store.ts';
import { taskRefusals } from './tasks.ts';

export { type AttestationServiceCode, attestationServiceRefusals } from './attestation-service.ts';
export type { CodeOf, GrpcRefusal, GrpcStatus, HttpRefusal, WireRefusal } from './refusal.ts';
export { grpcStatuses } from './refusal.ts';

/** The tables by family, in the order of the documentation. */
export const wireRefusalFamilies = {
  'Every call': callRefusals,
  'Users, passwords, tokens': accountRefusals,
  'Keys and signatures': keyRefusals,
  Functions: functionRefusals,
  Data: dataRefusals,
  Tasks: taskRefusals,
  Files: fileRefusals,
  'Storage service': storeRefusals,
};

export const wireRefusals = {
  ...callRefusals,
  ...accountRefusals,
  ...keyRefusals,
  ...functionRefusals,
  ...dataRefusals,
  ...taskRefusals,
  ...fileRefusals,
  ...storeRefusals,
};

/** Every code that a platform sends: in the detail `gaiwan.v1.ErrorInfo` of a gRPC status, or in a JSON answer. */
export type WireRefusalCode = keyof typeof wireRefusals;
/** Those that are sent over gRPC. */
export type GrpcRefusalCode = CodeOf<typeof wireRefusals, GrpcRefusal>;
/** Those that the routes of files send over plain HTTP. */
export type HttpRefusalCode = CodeOf<typeof wireRefusals, HttpRefusal>;

/** Is it a code that this version knows? A newer platform may send others. */
export function isWireRefusalCode(code: string): code is WireRefusalCode {
  return Object.hasOwn(wireRefusals, code);
}
