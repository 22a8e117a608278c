/** @gaiwan/protocol/arguments: the text of a task's arguments, read and written without rounding a number. */
export { ArgumentsTextError } from './error.ts';
export { byCodePoints } from './order.ts';
export { type Arguments, argumentsText, readArguments, readItems } from './text.ts';
export { valueText } from './write.ts';
