/** Holds a platform to what was seen of it: each connection begins with the question how far its data have come. */
import { randomBytes } from 'node:crypto';
import { isStatedBy, type PlatformState, type SeenState, STATE_BYTES } from '@gaiwan/trust';
import { GaiwanError } from '../errors.ts';
import { compareStates, isFork, type StateMemory } from './memory.ts';

/** What a platform answers. */
export interface StateAnswer extends PlatformState {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  /** Whether what was seen is in its past. */
  readonly follows: boolean;
  /** By the platform's clock: milliseconds since 1970. */
  readonly time: number;
}

export type AskState = (nonce: Uint8Array, seen?: SeenState) => Promise<StateAnswer>;

export interface StateGuardOptions {
  readonly memory: StateMemory;
  /** A newer epoch that the user was told of, and accepts. */
  readonly acceptEpoch?: number | undefined;
}

export class StateGuard {
  readonly #memory: StateMemory;
  readonly #accepted: number | undefined;

  constructor({ memory, acceptEpoch }: StateGuardOptions) {
    this.#memory = memory;
    this.#accepted = acceptEpoch;
  }

  /**
   * Asks for the state, holds it to what was seen before, and remembers it. `instance`: what the evidence about the connection named.
   *
   * @throws {GaiwanError} `state-older`, `state-forked`, `state-new-epoch`, `state-memory`, and `bad-answer` where the instance did not
   * sign it
   */
  async check(instance: string, ask: AskState): Promise<PlatformState> {
    // Before the question: what another connection hears meanwhile may be newer, rightly.
    const known = await this.#memory.read(instance);
    const { follows, ...state } = await askSigned(instance, known, ask);
    if (known) this.#requireLater(known, state, follows);
    const since = await this.#memory.read(instance);
    if (since && isFork(since, state)) throw forked(state);
    await this.#memory.write(instance, state);
    return state;
  }

  #requireLater(known: PlatformState, state: PlatformState, follows: boolean): void {
    if (compareStates(state, known) < 0) throw older(known, state);
    if (state.epoch === known.epoch && (!follows || isFork(known, state))) throw forked(state);
    if (state.epoch !== known.epoch && state.epoch !== this.#accepted) throw newEpoch(known, state);
  }
}

async function askSigned(
  instance: string,
  seen: SeenState | undefined,
  ask: AskState,
): Promise<PlatformState & { readonly follows: boolean }> {
  const nonce = new Uint8Array(randomBytes(STATE_BYTES));
  const { publicKey, signature, ...state } = await ask(nonce, seen);
  const { epoch, commits, digest, run, follows, time } = state;
  const whole = [epoch, commits, time].every((number) => Number.isSafeInteger(number) && number >= 0);
  const id = new Uint8Array(Buffer.from(instance, 'hex'));
  if (!whole || epoch < 1 || !isStatedBy(publicKey, { ...state, instance: id, nonce, seen }, signature))
    throw new GaiwanError(
      'bad-answer',
      `What the platform says about its state is not signed by the instance ${instance}.`,
    );
  return { epoch, commits, digest, run, follows };
}

const shown = ({ epoch, commits }: PlatformState) => `commit ${commits} of epoch ${epoch}`;

const older = (known: PlatformState, state: PlatformState) =>
  new GaiwanError(
    'state-older',
    `The platform is at ${shown(state)}, and was at ${shown(known)} when it was last seen from here: its data were rolled back. Ask its operator; what was done in between may be gone.`,
  );

const forked = (state: PlatformState) =>
  new GaiwanError(
    'state-forked',
    `The platform is at ${shown(state)}, and what was last seen of it from here is not in its past: an older copy of its data diverged. Ask its operator; what was done in between may be gone.`,
  );

const newEpoch = (known: PlatformState, state: PlatformState) =>
  new GaiwanError(
    'state-new-epoch',
    `The platform is in epoch ${state.epoch}, and was in epoch ${known.epoch} when it was last seen from here (${shown(known)}): its operator recovered it, perhaps from an older copy, and what was done since then may be gone. Ask the operator why, look at your data and tasks, and accept epoch ${state.epoch} by its number.`,
  );
