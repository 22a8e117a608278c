/** A function that everybody can compute, in place of executors: what a task gives follows from its arguments and inputs. */
import { createHash } from 'node:crypto';
import { dictionary } from '@gaiwan/errors';
import {
  AbilityState,
  type ExecutionRequest,
  type ExecutionResult,
  type Executor,
  ExecutorError,
  HostFault,
  readStaged,
  Stager,
} from '@gaiwan/executors';
import type { Faults } from '../physics/faults.ts';
import type { Loop } from '../physics/loop.ts';
import type { Random } from '../physics/random.ts';

export const PAIR = 'builtin/builtin';
/** Arguments that contain it make the function fail, for a reason of its own. */
export const FAILS = 'fails';

/** The result, as text, of a task's arguments and its input, if it has one. */
export function resultOf(given: string, input: string | undefined): string {
  const hash = createHash('sha256').update(given);
  return hash.update(input === undefined ? 'none' : `input ${input}`).digest('hex');
}

/** The output that goes with a result. */
export const outputOf = (result: string): string => `output of ${result}`;

export interface ExecutorWeather {
  readonly loop: Loop;
  readonly random: Random;
  readonly faults: Faults;
}

export class SimulatedExecutor implements Executor {
  readonly name = 'simulated';
  readonly layers = ['none'];
  readonly pairs = [PAIR];
  readonly slots = 2;
  readonly #ability = new AbilityState('able');
  readonly #weather: ExecutorWeather;

  constructor(weather: ExecutorWeather) {
    this.#weather = weather;
  }

  get ability() {
    return this.#ability.now;
  }

  watchAbility(listener: () => void): () => void {
    return this.#ability.watch(listener);
  }

  async run({
    arguments: given,
    inputs,
    outputs,
    folder,
    memory,
    signal,
  }: ExecutionRequest): Promise<ExecutionResult> {
    const { loop, random, faults } = this.#weather;
    await loop.sleep(random.pick([2, 20, 400, 3000, 12_000]) * (0.5 + random.below(100) / 100));
    if (signal?.aborted) throw new ExecutorError('canceled', 'The task was cancelled.');
    if (faults.comes('killed run')) throw new HostFault('killed', 'the sandbox was killed from outside');
    if (given.includes(FAILS)) throw new ExecutorError('function', 'it fails, as it was told');
    const [input] = Object.values(inputs).map((one) => Buffer.concat([...readStaged(one)]).toString());
    const result = resultOf(given, input);
    const made = outputs.map((slot) => {
      const stager = new Stager(folder, memory);
      stager.write(Buffer.from(outputOf(result)));
      return [slot, stager.finish()] as const;
    });
    return { returnValue: Buffer.from(result), log: [], outputs: dictionary(made) };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
