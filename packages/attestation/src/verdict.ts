/** From functions that throw refusals to values that cannot be used before they were looked at. */
import { crypto as defaultCrypto } from '#crypto';
import { type Cache, CallCache } from './cache.ts';
import type { Context, Roots } from './context.ts';
import type { Crypto } from './crypto/crypto.ts';
import { type Reason, Refusal } from './refusal.ts';

/** How evidence is verified. */
export interface VerifyOptions {
  /** The time to verify at: now for fresh evidence, an earlier one for evidence that was kept. Never read from a clock here. */
  readonly at: Date | number;
  /** Roots to trust in place of a vendor's pinned ones. */
  readonly roots?: Roots;
  /** Remembers parsed and verified endorsements between calls; see `VerificationCache`. */
  readonly cache?: Cache;
  /** `node:crypto` in Node and WebCrypto elsewhere, unless given. */
  readonly crypto?: Crypto;
}

/** Evidence that is not genuine, or that a policy does not accept. */
export interface Refused {
  readonly verdict: 'refused';
  readonly reason: Reason;
  /** What was found, for people. */
  readonly message: string;
}

/** The result of a verification: look at `verdict` first. */
export type Verification<T> = ({ readonly verdict: 'verified' } & T) | Refused;

/** A refusal as a value. */
export function toRefused(error: Refusal): Refused {
  return { verdict: 'refused', reason: error.code, message: error.message };
}

/**
 * Time, roots and engine of one verification, for the functions that verify a single format.
 *
 * @throws {TypeError} for a time that is none
 */
export function contextOf(options: VerifyOptions): Context {
  const at = Number(options.at);
  if (!Number.isFinite(at)) throw new TypeError('`at` must be a time: a Date, or milliseconds since 1970.');
  return {
    at,
    roots: options.roots ?? {},
    crypto: options.crypto ?? defaultCrypto,
    cache: options.cache ?? new CallCache(),
  };
}

/** Runs a verification; a `Refusal` becomes a value, anything else is a bug of this library and propagates. */
export async function judge<T extends object>(
  options: VerifyOptions,
  step: (context: Context) => Promise<T>,
): Promise<Verification<T>> {
  const context = contextOf(options);
  try {
    return { verdict: 'verified', ...(await step(context)) };
  } catch (error) {
    if (error instanceof Refusal) return toRefused(error);
    throw error;
  }
}
