/** How often those may call who have not shown who they are. */
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { type Rate, RateLimit } from './rate-limit.ts';

export interface StrangersRates {
  /** Of one address (IPv6: of one network of 64 bits). */
  readonly each: Rate;
  readonly all: Rate;
}

const strangersRates: StrangersRates = {
  each: { burst: limits.strangersCallBurst.value, perSecond: limits.strangersCallRate.value },
  all: { burst: limits.allStrangersCallBurst.value, perSecond: limits.allStrangersCallRate.value },
};

/**
 * Calls without a login, and those whose login is refused. A connection whose address has had its part is closed, which costs less than an
 * answer: calls that are begun and given up at once cost as much as any, and so would their refusals.
 */
export class Strangers {
  readonly #rate: RateLimit;

  constructor(
    { each, all }: StrangersRates = strangersRates,
    now: () => number = () => systemClock.monotonic(),
  ) {
    this.#rate = new RateLimit(each, all, now);
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
