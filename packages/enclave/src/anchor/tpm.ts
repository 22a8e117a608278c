/**
 * An anchor in a TPM: a counter that never goes back, not even when its index is removed and made again, and an index of records, each
 * of which holds for one value of the counter.
 *
 * To advance from count n, the record for n + 1 is written beside the one for n, then the counter is raised: whenever that is cut off, exactly
 * one record holds. Whoever takes the anchor over first spends one count on a copy of the state that is there. So a process that was overtaken
 * can still write a record for one count only, and under that one no other process has acknowledged anything.
 *
 * The count is signed by the TPM's attestation key over a nonce, and records name that key: neither another TPM nor whoever sits in between
 * is believed.
 */
import type { KeyObject } from 'node:crypto';
import { Refusal } from '@gaiwan/attestation';
import { isResponse } from '../tpm2/errors.ts';
import { Tpm, TpmError, type TpmTransport } from '../tpm2/index.ts';
import { type Anchor, AnchorError, type AnchoredState, requireAdvance } from './anchor.ts';
import { type Held, TpmPlace } from './tpm-place.ts';
import { shownIndices, type TpmAnchorKeys, tpmAnchorKeys } from './tpm-record.ts';

/** An anchor that is to be unlocked. */
export type TpmAnchor = Anchor & Required<Pick<Anchor, 'unlock'>>;

/**
 * An anchor in a TPM. The secret that it is unlocked with, of at least 32 bytes, says where in the TPM it is, and who may write it.
 *
 * @param open opens the TPM for each read and advance; it is closed after it, for others use the TPM too
 * @example
 * ```ts
 * const anchor = tpmAnchor(() => deviceTransport('/dev/tpmrm0'));
 * anchor.unlock(createSecretKey(secret));
 * await anchor.advance(await anchor.read(), { epoch: 1, commits: 7, digest });
 * ```
 */
export const tpmAnchor = (open: () => Promise<TpmTransport>): TpmAnchor => new AnchorInTpm(open);

class AnchorInTpm implements TpmAnchor {
  readonly kind = 'tpm';
  readonly #open: () => Promise<TpmTransport>;
  #keys: TpmAnchorKeys | undefined;
  /** What this process anchored last, under a count that is its own. */
  #held: Held | undefined;
  /** What was begun last: the next waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(open: () => Promise<TpmTransport>) {
    this.#open = open;
  }

  unlock(secret: KeyObject): void {
    this.#keys = tpmAnchorKeys(secret);
  }

  read(): Promise<AnchoredState | undefined> {
    return this.#after(async (place) => (await place.find())?.state);
  }

  advance(from: AnchoredState | undefined, to: AnchoredState): Promise<void> {
    return this.#after(async (place) => {
      const mine = this.#held;
      const is = mine ?? (await place.find());
      requireAdvance(is?.state, from, to);
      // Unless it succeeds, the TPM is asked what became of it.
      this.#held = undefined;
      const claimed = mine ?? (is === undefined ? await place.create() : await place.takeOver(is));
      this.#held = await place.put(claimed, to, is === undefined);
    });
  }

  async close(): Promise<void> {
    await this.#last;
  }

  #after<T>(step: (place: TpmPlace) => Promise<T>): Promise<T> {
    const next = this.#last.then(() => this.#withTpm(step));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #withTpm<T>(step: (place: TpmPlace) => Promise<T>): Promise<T> {
    const keys = this.#keys;
    if (keys === undefined)
      throw new AnchorError(
        'unavailable',
        'The anchor in the TPM was not given the secret of its data folder.',
      );
    const password = keys.password();
    let tpm: Tpm | undefined;
    try {
      tpm = new Tpm(await this.#open());
      return await step(new TpmPlace(tpm, keys, password));
    } catch (cause) {
      throw toAnchorError(cause, shownIndices(keys));
    } finally {
      password.fill(0);
      await tpm?.close();
    }
  }
}

/** TPM_RC of format one: nothing is at the handle; the password is wrong, for the one or the other reason. */
const NOT_OURS = [0x8b, 0x8e, 0xa2] as const;

function toAnchorError(cause: unknown, indices: string): unknown {
  if (cause instanceof Refusal)
    return new AnchorError(
      'unreadable',
      `The TPM's counter is not to be believed (${indices}): ${cause.message}`,
      {
        cause,
      },
    );
  if (!(cause instanceof TpmError)) return cause;
  if (NOT_OURS.some((code) => isResponse(cause.response, code)))
    return new AnchorError(
      'unreadable',
      `The ${indices} of this anchor were removed, or made again by somebody else: ${cause.message}`,
      { cause },
    );
  return new AnchorError('unavailable', `The anchor in the TPM cannot be used: ${cause.message}`, { cause });
}
