/** How often those may call or connect who have not shown who they are. */
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { type Rate, RateLimit } from './rate-limit.ts';

export interface StrangersRates {
  /** Of one address (IPv6: one network of 64 bits), and of all addresses. */
  readonly each: Rate;
  /** Of one address, in any case. */
  readonly least: Rate;
}

/** Of one address, whatever the others do. */
export const leastRate: Rate = {
  burst: limits.strangersLeastCalls.value,
  perSecond: limits.strangersLeastCalls.value / limits.strangersLeastSeconds.value,
};

/** Of calls, where one address may have so many connections. */
export const strangersRates = (connections: number): StrangersRates => ({
  each: {
    burst: connections * limits.strangersCallsPerConnection.value,
    perSecond: connections / limits.connectionRateDivisor.value,
  },
  least: leastRate,
});

/** All addresses, for counting. */
const ALL = '';

/**
 * Calls without a login, and those whose login is refused. A connection whose address has had its part is closed, which costs less than an
 * answer: calls that are begun and given up at once cost as much as any, and so would their refusals. Where many addresses together have had
 * the part of all, each of them still has a few calls, so that whoever comes from another one can log in.
 */
export class Strangers {
  readonly #each: RateLimit;
  readonly #all: RateLimit;
  readonly #least: RateLimit;

  constructor(
    rates: StrangersRates = strangersRates(limits.connectionsPerAddress.value),
    now: () => number = () => systemClock.monotonic(),
  ) {
    const { each, least } = rates;
    this.#each = new RateLimit(each, undefined, now);
    this.#all = new RateLimit(each, undefined, now);
    this.#least = new RateLimit(least, undefined, now);
  }

  /** One more call from there. False: it has had its part. */
  count(source: string): boolean {
    if (this.#each.take(source) > 0) return false;
    return this.#all.take(ALL) === 0 || this.#least.take(source) === 0;
  }

  /** Whether it has had its part. */
  areTooMany(source: string): boolean {
    if (this.#each.wait(source) > 0) return true;
    return this.#all.wait(ALL) > 0 && this.#least.wait(source) > 0;
  }
}
