import type { Arguments, Inputs, Outputs, Result } from '../../../packages/runners/function-types/index.d.ts';

/** Count, mean and variance of a stream of numbers, in one pass (Welford 1962). */
class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    const before = value - this.mean;
    this.mean += before / ++this.count;
    this.#squares += before * (value - this.mean);
  }

  get deviation(): number {
    return this.count < 2 ? 0 : Math.sqrt(this.#squares / (this.count - 1));
  }
}

interface Payment {
  readonly line: number;
  readonly account: string;
  readonly amount: number;
}

function* payments(inputs: Inputs, slot: string): Generator<Payment> {
  let line = 0;
  for (const text of inputs[slot]?.lines() ?? []) {
    line++;
    if (text === '') continue;
    const [account = '', amount = ''] = text.split(',');
    const value = Number(amount);
    if (account === '' || amount.trim() === '' || !Number.isFinite(value)) {
      throw new Error(`${slot}, line ${line}: expected "account,amount".`);
    }
    yield { line, account, amount: value };
  }
}

/**
 * Two banks look for payments that are unusual among the payments of both. Each gets the lines of its own file whose
 * amount lies more than `deviations` from the common mean; together they learn the mean and how many payments there are.
 */
export function main(inputs: Inputs, outputs: Outputs, args: Arguments): Result {
  const deviations = Number(args['deviations']);
  if (!(deviations > 0)) throw new Error('The argument "deviations" must be a number above 0.');
  const slots = Object.keys(inputs).sort();
  const all = new Moments();
  for (const slot of slots) for (const { amount } of payments(inputs, slot)) all.add(amount);
  const found: Record<string, number> = {};
  for (const slot of slots) {
    inputs[slot]?.rewind();
    const output = outputs[`unusual_${slot}`];
    let count = 0;
    for (const { line, account, amount } of payments(inputs, slot)) {
      if (Math.abs(amount - all.mean) <= deviations * all.deviation) continue;
      output?.write(`${line},${account}\n`);
      count++;
    }
    output?.close();
    found[slot] = count;
  }
  console.log(`${all.count} payments of ${slots.length} parties`);
  return { payments: all.count, mean: Math.round(all.mean * 100) / 100, unusual: found };
}
