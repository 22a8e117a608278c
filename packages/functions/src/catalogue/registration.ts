/** How a catalogued function is registered with a platform. */
import { type CataloguedFunction, FunctionError } from '../function.ts';
import type { SlotEntry } from './entry.ts';

export interface RegistrationOptions {
  /** How many parties: needed where slots repeat, and only there. */
  readonly parties?: number | undefined;
  /**
   * Arguments with defaults that tasks are to give. A task must give exactly the arguments that are registered, so that
   * the others keep their defaults.
   */
  readonly optionalArguments?: readonly string[] | undefined;
}

export interface RegisteredSlot {
  readonly name: string;
  readonly description: string;
  readonly optional: boolean;
}

export interface Registration {
  readonly name: string;
  readonly description: string;
  readonly executorType: 'builtin';
  readonly arguments: readonly { readonly key: string; readonly allowOverwrite: true }[];
  readonly inputs: readonly RegisteredSlot[];
  readonly outputs: readonly RegisteredSlot[];
}

const MAX_PARTIES = 1000;

/** Whether its slots repeat, one for each party. */
export function repeats({ entry }: CataloguedFunction): boolean {
  return [...entry.inputs, ...entry.outputs].some((slot) => slot.repeats === true);
}

/** Names of the arguments without, or with, a default. */
export function argumentNames({ entry }: CataloguedFunction, which: 'required' | 'optional'): string[] {
  return Object.entries(entry.arguments)
    .filter(([, argument]) => Object.hasOwn(argument, 'default') === (which === 'optional'))
    .map(([name]) => name);
}

function expand(slot: SlotEntry, parties: number): RegisteredSlot[] {
  const count = slot.repeats ? parties : 1;
  return Array.from({ length: count }, (_, i) => ({
    name: slot.name.replace('{i}', String(i)),
    description: slot.text,
    optional: slot.optional ?? false,
  }));
}

/** Throws `FunctionError` with a sentence where the options do not fit the function. */
export function registrationOf(builtin: CataloguedFunction, options: RegistrationOptions = {}): Registration {
  const { name, entry } = builtin;
  const { parties, optionalArguments = [] } = options;
  if (repeats(builtin) !== (parties !== undefined)) {
    throw new FunctionError(
      parties === undefined
        ? `${name} has slots for each party: say how many parties there are.`
        : `${name} has a fixed number of slots: do not give a number of parties.`,
    );
  }
  if (parties !== undefined && !(Number.isInteger(parties) && parties >= 1 && parties <= MAX_PARTIES)) {
    throw new FunctionError(`The number of parties must be from 1 to ${MAX_PARTIES}.`);
  }
  const optional = argumentNames(builtin, 'optional');
  const unknown = optionalArguments.find((given) => !optional.includes(given));
  if (unknown !== undefined) {
    const known = optional.length === 0 ? 'it has none' : `it has ${optional.join(', ')}`;
    throw new FunctionError(`${name} has no optional argument ${JSON.stringify(unknown)}: ${known}.`);
  }
  const slots = (list: readonly SlotEntry[]) => list.flatMap((slot) => expand(slot, parties ?? 1));
  return {
    name,
    description: entry.summary,
    executorType: 'builtin',
    arguments: [...argumentNames(builtin, 'required'), ...new Set(optionalArguments)].map((key) => ({
      key,
      allowOverwrite: true,
    })),
    inputs: slots(entry.inputs),
    outputs: slots(entry.outputs),
  };
}

/** The options under which the function's own example runs. */
export function exampleOptions(builtin: CataloguedFunction): RegistrationOptions {
  const { entry } = builtin;
  const given = Object.keys(entry.example.arguments);
  const optionalArguments = argumentNames(builtin, 'optional').filter((name) => given.includes(name));
  const slot = [...entry.inputs, ...entry.outputs].find((one) => one.repeats === true);
  if (!slot) return { optionalArguments };
  const names = [...Object.keys(entry.example.inputs ?? {}), ...Object.keys(entry.example.outputs ?? {})];
  let parties = 0;
  while (names.includes(slot.name.replace('{i}', String(parties)))) parties++;
  return { parties, optionalArguments };
}
