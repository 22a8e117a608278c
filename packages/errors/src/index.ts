/** @gaiwan/errors: the form of every refusal and of every limit, and what makes strangers' names and texts harmless. */
export { CodedError } from './coded-error.ts';
export { dictionary } from './dictionary.ts';
export { type Limit, type LimitTable, type LimitUnit, limitTable } from './limit-table.ts';
export type { RefusalEntry, RefusalTable } from './refusal-table.ts';
export { messageOf, systemCode } from './thrown.ts';
export { printable, quoted, visible, visibleJson } from './visible.ts';
