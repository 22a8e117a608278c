import type { RequestRefusal } from '@gaiwan/protocol/executor';

/** The worker refused a request; the job continues. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: RequestRefusal;
  constructor(code: RequestRefusal, message: string) {
    super(message);
    this.code = code;
  }
}
