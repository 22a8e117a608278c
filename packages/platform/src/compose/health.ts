/** Whether a service does what it is for. */
import type { StoreError } from '@gaiwan/store';
import { type PlatformError, refuse } from '../errors.ts';

export class Health {
  #isReady = true;
  readonly #failed = Promise.withResolvers<PlatformError>();

  /** False from the moment on that it is about to end. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Resolves with why it cannot go on and has to be started anew; never, where that does not happen. */
  get failed(): Promise<PlatformError> {
    return this.#failed.promise;
  }

  /** Nothing more can be written. */
  readonly fail = (cause: StoreError): void => {
    this.#isReady = false;
    const sentence = `The service ends, since it can write nothing more: ${cause.message}.`;
    this.#failed.resolve(refuse(`data-folder-${cause.code}`, sentence, { cause }));
  };

  /** It ends as somebody has asked it to. */
  stop(): void {
    this.#isReady = false;
  }
}

/** Of a service that is nothing without its store. */
export function failureOf(store: { readonly failed: Promise<StoreError> }): Promise<PlatformError> {
  const health = new Health();
  void store.failed.then(health.fail);
  return health.failed;
}
