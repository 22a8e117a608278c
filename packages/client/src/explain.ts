/** What the code of an error means. */
import type { RefusalEntry } from '@gaiwan/errors';
import { isWireRefusalCode, wireRefusals } from '@gaiwan/protocol';
import { clientRefusals, statusRefusals } from './refusals.ts';

const own: ReadonlyMap<string, RefusalEntry> = new Map(
  Object.entries({ ...clientRefusals, ...statusRefusals }),
);

/**
 * What a code means, and what its reader can do: for programs that show errors to people. Undefined for a code that this version
 * does not know, as a newer platform may send one.
 *
 * ```ts
 * const { remedy } = explainCode(error.code) ?? {};
 * ```
 */
export function explainCode(code: string): RefusalEntry | undefined {
  return isWireRefusalCode(code) ? wireRefusals[code] : own.get(code);
}
