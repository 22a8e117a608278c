import { CodedError } from '@gaiwan/errors';
import type { RequestRefusal } from '@gaiwan/protocol/executor';

/** Refuses a request of the process; the job continues. */
export class RequestError extends CodedError<RequestRefusal> {
  override readonly name = 'RequestError';
}
