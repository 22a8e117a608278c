/**
 * @gaiwan/catalogue: the built-in functions as data. What an entry says is what its implementation (`@gaiwan/functions`)
 * decodes its arguments by.
 */
export type { ArgumentEntry, ArgumentType, ArgumentTypes, Declared, Values } from './arguments.ts';
export { catalogue } from './catalogue.ts';
export type { CatalogueEntry, Example, SlotEntry, TableSlot } from './entry.ts';
export { limits } from './limits.ts';
export { refusalTables } from './refusal-tables.ts';
export { CatalogueError } from './refusals.ts';
export {
  exampleOptions,
  type RegisteredSlot,
  type Registration,
  type RegistrationOptions,
  registrationOf,
} from './registration.ts';
export { catalogueMarkdown, entryText, exampleCommands, plainEntry } from './text.ts';
