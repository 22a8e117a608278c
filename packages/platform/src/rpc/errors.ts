/** Errors on the wire: Teaclave's code and message, and beside them a detail with ours. */
import { create } from '@bufbuild/protobuf';
import { ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import { systemCode } from '@gaiwan/errors';
import { gaiwan } from '@gaiwan/protocol';
import { StoreError } from '@gaiwan/store';
import { PlatformError, refuse } from '../errors.ts';

function toPlatformError(error: unknown): PlatformError | undefined {
  if (error instanceof PlatformError) return error;
  if (isFull(error)) {
    return refuse(
      'disk-full',
      'The disk of the platform is full: nothing was changed. Its operator must make room; then try again.',
      { cause: error },
    );
  }
  if (error instanceof StoreError && (error.code === 'anchor-unavailable' || error.code === 'anchor-moved'))
    return refuse('anchor-unavailable', `This call is not acknowledged: ${error.message}.`, { cause: error });
  if (error instanceof StoreError && error.code === 'sync-failed')
    return refuse(
      'stopping',
      "The platform's disk failed to confirm a write, so the platform is stopping. Whether this call was done is seen when it is back.",
      { cause: error },
    );
  if (error instanceof StoreError && (error.code === 'state-tampered' || error.code === 'tampered'))
    return refuse('state-tampered', `Nothing of this call was done: ${error.message}`, { cause: error });
  return undefined;
}

/** The store's disk, or the one of the files beside it. */
function isFull(error: unknown): boolean {
  const code = systemCode(error);
  return (error instanceof StoreError && code === 'disk-full') || code === 'ENOSPC' || code === 'EDQUOT';
}

/** `report` gets what nobody foresaw; the caller gets no word of it. */
export function toConnectError(error: unknown, report: (error: unknown) => void): ConnectError {
  if (error instanceof ConnectError) return error;
  let known = toPlatformError(error);
  // What was done to the disk is for the operator's log, too.
  if (known?.code === 'state-tampered' || known?.code === 'anchor-unavailable') report(error);
  if (!known) {
    report(error);
    known = refuse(
      'internal',
      'Something failed inside the platform; its log says what. Nothing that was acknowledged is lost.',
    );
  }
  // A sentence that quotes the beginning of what somebody sent may end in half a character.
  const detail = create(gaiwan.ErrorInfoSchema, {
    code: known.code,
    message: known.message.toWellFormed(),
    policyId: known.policyId ?? '',
    subjects: known.subjects.map((name) => name.toWellFormed()),
    platformTime: BigInt(known.platformTime ?? 0),
    retryAfterMs: BigInt(known.retryAfterMs ?? 0),
    details: known.details.map(({ reason, subject, remedy }) => ({
      reason,
      subject: subject.toWellFormed(),
      remedy: remedy.toWellFormed(),
    })),
    roles: [...known.roles],
  });
  // The header of HTTP for the same: in whole seconds.
  const metadata = known.retryAfterMs && { 'retry-after': `${Math.ceil(known.retryAfterMs / 1000)}` };
  return new ConnectError(known.wire.toWellFormed(), known.grpc, metadata || undefined, [
    { desc: gaiwan.ErrorInfoSchema, value: detail },
  ]);
}

/** Where a call comes from. */
export const addressKey = createContextKey('', { description: 'remote address' });

export const errorInterceptor =
  (report: (error: unknown) => void): Interceptor =>
  (next) =>
  async (request) => {
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: convertErrors(response.message, report) } : response;
    } catch (error) {
      throw toConnectError(error, report);
    }
  };

async function* convertErrors<T>(
  messages: AsyncIterable<T>,
  report: (error: unknown) => void,
): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw toConnectError(error, report);
  }
}
