/** From what the RPC library throws to `GaiwanError`. */
import { Code, ConnectError } from '@connectrpc/connect';
import { gaiwan } from '@gaiwan/protocol';
import { type ClientErrorCode, GaiwanError } from './errors.ts';
import { connectionLost, networkError } from './network-errors.ts';

/** For answers without a detail, e.g. of a proxy in between. `lost`: nobody answered. */
const codes: Readonly<Record<Code, ClientErrorCode | 'lost'>> = {
  [Code.Canceled]: 'aborted',
  [Code.Unknown]: 'unknown',
  [Code.InvalidArgument]: 'invalid-argument',
  [Code.DeadlineExceeded]: 'deadline-exceeded',
  [Code.NotFound]: 'not-found',
  [Code.AlreadyExists]: 'already-exists',
  [Code.PermissionDenied]: 'permission-denied',
  [Code.ResourceExhausted]: 'resource-exhausted',
  [Code.FailedPrecondition]: 'failed-precondition',
  [Code.Aborted]: 'lost',
  [Code.OutOfRange]: 'out-of-range',
  [Code.Unimplemented]: 'unimplemented',
  [Code.Internal]: 'internal',
  [Code.Unavailable]: 'lost',
  [Code.DataLoss]: 'data-loss',
  [Code.Unauthenticated]: 'unauthenticated',
};

/** The RPC library fails by itself, without any header of an answer, when a connection or a stream ends under it. */
const hasNoAnswer = ({ code, metadata }: ConnectError): boolean =>
  code === Code.Internal && metadata.keys().next().done === true;

/** What the platform's clock says, where it refused a call for its time. */
export function platformTimeOf(error: unknown): number | undefined {
  const [info] = ConnectError.from(error).findDetails(gaiwan.ErrorInfoSchema);
  return info && info.platformTime > 0n ? Number(info.platformTime) : undefined;
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
      retryAfterMs: Number(info.retryAfterMs) || undefined,
      details: info.details.map(({ reason, subject, remedy }) => ({ reason, subject, remedy })),
      roles: info.roles,
      cause: error,
    });
  }
  const network = networkError(error, where);
  if (network) return network;
  const code = hasNoAnswer(connect) ? 'lost' : codes[connect.code];
  if (code === 'lost') return connectionLost(where, error);
  const message = code === 'aborted' ? 'The call was given up.' : connect.rawMessage || code;
  return new GaiwanError(code, message, { grpc: connect.code, cause: error });
}
