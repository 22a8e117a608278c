/** From what the RPC library throws to `GaiwanError`. */
import { Code, ConnectError } from '@connectrpc/connect';
import { gaiwan } from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';
import { lost, networkError } from './network-errors.ts';

/** For answers without a detail, e.g. of a proxy in between. */
function codeName(code: Code): string {
  return (Code[code] ?? 'Unknown').replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** `where`: the address that was called. */
export function fromRpc(error: unknown, where: string): GaiwanError {
  if (error instanceof GaiwanError) return error;
  const connect = ConnectError.from(error);
  const [info] = connect.findDetails(gaiwan.ErrorInfoSchema);
  if (info) {
    return new GaiwanError(info.code, info.message || connect.rawMessage, {
      grpc: connect.code,
      policyId: info.policyId || undefined,
      subjects: info.subjects,
      cause: error,
    });
  }
  const network = networkError(error, where);
  if (network) return network;
  if (connect.code === Code.Unavailable || /ended|closed|reset|GOAWAY|aborted/i.test(connect.rawMessage)) {
    if (connect.code !== Code.Canceled) return lost(where, error);
  }
  if (connect.code === Code.Canceled) {
    return new GaiwanError('aborted', 'The call was given up.', { grpc: connect.code, cause: error });
  }
  return new GaiwanError(codeName(connect.code), connect.rawMessage || codeName(connect.code), {
    grpc: connect.code,
    cause: error,
  });
}
