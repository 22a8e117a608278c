/** The arguments of a function as data: for decoding them, and for whoever has to give them. */

/** What an argument is in JavaScript once it is decoded, by its type in the catalogue. */
export interface ArgumentTypes {
  /** A JSON string. */
  readonly string: string;
  /** A JSON integer that is not negative (`4`, neither `4.0` nor `"4"`). */
  readonly unsigned: number;
  /** A JSON number. */
  readonly float: number;
  /** `true` or `false`. */
  readonly boolean: boolean;
  /** A JSON array of integers from 0 to 255. */
  readonly bytes: Uint8Array;
  /** A JSON array of numbers. */
  readonly floats: readonly number[];
  /** A JSON object, as `parseArguments` gives it. */
  readonly object: Readonly<Record<string, unknown>>;
  /** A JSON array of strings. */
  readonly strings: readonly string[];
}

export type ArgumentType = keyof ArgumentTypes;

interface Described<Type extends ArgumentType> {
  readonly type: Type;
  /** One sentence. */
  readonly text: string;
  /** Without it the argument must be given. `undefined` means: may be left out, and the function knows what then. */
  readonly default?: ArgumentTypes[Type] | undefined;
}

interface NumberArgument extends Described<'unsigned' | 'float'> {
  /** Bounds that are checked, both included. */
  readonly minimum?: number;
  readonly maximum?: number;
}

interface StringArgument extends Described<'string'> {
  /** The only strings that are taken. */
  readonly choices?: readonly string[];
}

export type ArgumentEntry =
  | NumberArgument
  | StringArgument
  | Described<'boolean'>
  | Described<'bytes'>
  | Described<'floats'>
  | Described<'object'>
  | Described<'strings'>;

export type Declared = Readonly<Record<string, ArgumentEntry>>;

/** What decoding gives for one argument: one of its choices where there are any, and its default where it was left out. */
type ValueOf<Entry extends ArgumentEntry> =
  | (Entry extends { choices: readonly (infer Choice)[] } ? Choice : ArgumentTypes[Entry['type']])
  | (Entry extends { default: infer Default } ? Default : never);

/** The decoded values of declared arguments, by name. */
export type Values<D extends Declared> = { readonly [Name in keyof D]: ValueOf<D[Name]> };
