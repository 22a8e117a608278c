/** The built-in functions. */
export { JsonFloat, parseArguments } from './arguments/json.ts';
export { builtins } from './builtins.ts';
export type { ArgumentEntry, ArgumentType, Declared } from './catalogue/arguments.ts';
export type { CatalogueEntry, Example, SlotEntry } from './catalogue/entry.ts';
export {
  exampleOptions,
  type RegisteredSlot,
  type Registration,
  type RegistrationOptions,
  registrationOf,
} from './catalogue/registration.ts';
export { catalogueMarkdown, entryText, exampleCommands, plainEntry } from './catalogue/text.ts';
export * from './function.ts';
