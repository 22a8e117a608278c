/** How a catalogued function is registered with a platform. */
import type { CatalogueEntry, SlotEntry } from './entry.ts';
import { limits } from './limits.ts';
import { CatalogueError } from './refusals.ts';

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

const MAX_PARTIES = limits.parties.value;

/** Whether its slots repeat, one for each party. */
const hasRepeatingSlots = ({ inputs, outputs }: CatalogueEntry): boolean =>
  [...inputs, ...outputs].some((slot) => slot.repeats === true);

/** Names of the arguments without, or with, a default. */
export function argumentNames(entry: CatalogueEntry, which: 'required' | 'optional'): string[] {
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

/** Throws `CatalogueError` where the number of parties does not fit the function. */
function checkParties(entry: CatalogueEntry, parties: number | undefined): void {
  const { name } = entry;
  const wanted = hasRepeatingSlots(entry);
  if (wanted && parties === undefined) {
    throw new CatalogueError(
      'parties-missing',
      `${name} has slots for each party: say how many parties there are.`,
    );
  }
  if (!wanted && parties !== undefined) {
    throw new CatalogueError(
      'parties-unexpected',
      `${name} has a fixed number of slots: do not give a number of parties.`,
    );
  }
  if (parties !== undefined && !(Number.isInteger(parties) && parties >= 1 && parties <= MAX_PARTIES)) {
    throw new CatalogueError(
      'parties-out-of-range',
      `The number of parties must be from 1 to ${MAX_PARTIES}.`,
    );
  }
}

/**
 * What to register for a function of the catalogue: its required arguments, the optional ones that are asked for, and a slot
 * for each party where slots repeat.
 *
 * @throws CatalogueError where the options do not fit the function.
 * @example
 * registrationOf(privateSetIntersectEntry, { parties: 2, optionalArguments: ['result'] })
 */
export function registrationOf(entry: CatalogueEntry, options: RegistrationOptions = {}): Registration {
  const { name } = entry;
  const { parties, optionalArguments = [] } = options;
  checkParties(entry, parties);
  const optional = argumentNames(entry, 'optional');
  const unknown = optionalArguments.find((given) => !optional.includes(given));
  if (unknown !== undefined) {
    const known = optional.length === 0 ? 'it has none' : `it has ${optional.join(', ')}`;
    throw new CatalogueError(
      'unknown-optional-argument',
      `${name} has no optional argument ${JSON.stringify(unknown)}: ${known}.`,
    );
  }
  const slots = (list: readonly SlotEntry[]) => list.flatMap((slot) => expand(slot, parties ?? 1));
  return {
    name,
    description: entry.summary,
    executorType: 'builtin',
    arguments: [...argumentNames(entry, 'required'), ...new Set(optionalArguments)].map((key) => ({
      key,
      allowOverwrite: true,
    })),
    inputs: slots(entry.inputs),
    outputs: slots(entry.outputs),
  };
}

/** The options under which the function's own example runs. */
export function exampleOptions(entry: CatalogueEntry): RegistrationOptions {
  const given = Object.keys(entry.example.arguments);
  const optionalArguments = argumentNames(entry, 'optional').filter((name) => given.includes(name));
  const slot = [...entry.inputs, ...entry.outputs].find((one) => one.repeats === true);
  if (!slot) return { optionalArguments };
  const names = [...Object.keys(entry.example.inputs ?? {}), ...Object.keys(entry.example.outputs ?? {})];
  let parties = 0;
  while (names.includes(slot.name.replace('{i}', String(parties)))) parties++;
  return { parties, optionalArguments };
}
