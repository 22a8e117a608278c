/** How often those may call who have not shown who they are. */
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { type Rate, RateLimit } from './rate-limit.ts';

/** For one address (IPv6: one network of 64 bits) that may have so many connections. */
export const strangersRate = (connections: number): Rate => ({
  burst: connections * limits.strangersCallsPerConnection.value,
  perSecond: connections / limits.connectionRateDivisor.value,
});

/**
 * Calls without a login, and those whose login is refused. A connection whose address has had its part is closed, which costs less than an
 * answer: calls that are begun and given up at once cost as much as any, and so would their refusals.
 */
export class Strangers {
  readonly #rate: RateLimit;

  constructor(
    rate: Rate = strangersRate(limits.connectionsPerAddress.value),
    now: () => number = () => systemClock.monotonic(),
  ) {
    this.#rate = new RateLimit(rate, undefined, now);
  }

  /** One more call from there. False: it has had its part. */
  count(source: string): boolean {
    return this.#rate.take(source) === 0;
  }

  /** Whether it has had its part. */
  areTooMany(source: string): boolean {
    return this.#rate.wait(source) > 0;
  }
}
