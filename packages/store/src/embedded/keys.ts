/** A store's root key: which of several opens it, another one, and what older ones left sealed. */
import { rootKeyHandle } from '../key-ring.ts';
import type { RootKeyCandidate, RootKeyProvider } from '../root-key.ts';
import { StoreError } from '../store.ts';
import type { EngineLink } from './link.ts';
import type { ResealPlace } from './reseal.ts';

const isOtherKey = (error: unknown) => error instanceof StoreError && error.code === 'tampered';

export class Keys {
  readonly #link: EngineLink;
  readonly #provider: RootKeyProvider;
  readonly #report: (error: unknown) => void;
  /** What was begun last: each waits for the one before. */
  #rotating: Promise<unknown> = Promise.resolve();
  #resealing: Promise<unknown> = Promise.resolve();

  constructor(link: EngineLink, provider: RootKeyProvider, report: (error: unknown) => void) {
    this.#link = link;
    this.#provider = provider;
    this.#report = report;
  }

  /** With the first key that opens the store. Rejects with `tampered` where none does, and with what the provider rejects with. */
  async unlock(create: boolean): Promise<void> {
    const candidates = await this.#provider.load({ create });
    let first: unknown = new StoreError('root-key', 'whoever keeps the root key has none');
    try {
      for (const [index, candidate] of candidates.entries()) {
        try {
          await this.#link.unlock(rootKeyHandle(candidate.bytes));
        } catch (error) {
          if (!isOtherKey(error)) throw error;
          if (index === 0) first = error;
          continue;
        }
        await this.#settle(candidate);
        return;
      }
    } finally {
      for (const { bytes } of candidates) bytes.fill(0);
    }
    throw first;
  }

  /** Resolves when the store is wrapped under another root key. */
  rotate(): Promise<void> {
    const next = this.#rotating.then(() => this.#rotate());
    this.#rotating = next.catch(() => undefined);
    return next;
  }

  /** From the beginning: done at once where there is only one generation. */
  reseal(): Promise<void> {
    const next = this.#resealing.then(() => this.#reseal());
    this.#resealing = next.catch(() => undefined);
    return next;
  }

  async #rotate(): Promise<void> {
    const candidate = await this.#provider.another?.();
    if (!candidate) throw new StoreError('root-key', 'whoever keeps the root key cannot make another');
    const root = rootKeyHandle(candidate.bytes);
    await this.#link.request(() => ({ kind: 'rotate', root }));
    await this.#settle(candidate);
  }

  /** Where it fails, all keys are there still, and the next start finds the one that opens the store. */
  async #settle(candidate: RootKeyCandidate): Promise<void> {
    try {
      await candidate.settle();
    } catch (error) {
      this.#report(error);
    }
  }

  async #reseal(): Promise<void> {
    let from: ResealPlace | undefined;
    do {
      const place = from;
      const { value } = await this.#link.request(() => ({ kind: 'reseal', from: place }));
      from = value;
    } while (from !== undefined);
  }
}
