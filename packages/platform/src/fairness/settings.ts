/** What the operator set for users and groups. */
import { dictionary } from '@gaiwan/errors';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { nameOfParty } from './share.ts';

/** By `user:NAME` or `group:NAME`. */
export interface FairnessOptions {
  /** How much one gets while others want it too; whoever is not named has 1. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Tasks of one that are with workers at once. `user` and `group` alone: of each that is not named. Default: as many as there is room for. */
  readonly atOnce?: Readonly<Record<string, number>>;
}

export class Fairness {
  readonly #weights: Readonly<Record<string, number>>;
  readonly #atOnce: Readonly<Record<string, number>>;

  /** @throws PlatformError bad-fairness */
  constructor({ weights = {}, atOnce = {} }: FairnessOptions = {}) {
    check('weight', weights, /^(user|group):./);
    check('number at once', atOnce, /^(user|group)(:.|$)/);
    this.#weights = dictionary(Object.entries(weights));
    this.#atOnce = dictionary(Object.entries(atOnce));
  }

  weightOf(party: string): number {
    return this.#weights[nameOfParty(party)] ?? 1;
  }

  atOnce(party: string): number {
    const kind = party.slice(0, party.indexOf(':'));
    // What an account brought is others' work.
    if (kind === 'all-of') return Number.POSITIVE_INFINITY;
    return this.#atOnce[nameOfParty(party)] ?? this.#atOnce[kind] ?? Number.POSITIVE_INFINITY;
  }
}

function check(what: string, given: Readonly<Record<string, number>>, form: RegExp): void {
  const most = limits.fairnessNumber.value;
  for (const [name, value] of Object.entries(given)) {
    if (form.test(name) && Number.isSafeInteger(value) && value >= 1 && value <= most) continue;
    throw refuse(
      'bad-fairness',
      `"${name.slice(0, 160)}=${value}" is no ${what}: give user:NAME or group:NAME a whole number from 1 to ${most}.`,
    );
  }
}
