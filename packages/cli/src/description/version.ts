/** The version of a function: the hash that a manifest names, computed here. */
import type { FunctionInfo, NewFunction } from '@gaiwan/client';
import { definitionFor, versionHash } from '../code/version.ts';

/** SHA-256 (hex) of the definition, as the platform makes it. */
export const versionOf = (given: NewFunction): string => versionHash(definitionFor(given));

/** Of a registered one. Undefined where its code is hidden from the user: only the task's manifest tells its version then. */
export const knownVersion = (found: FunctionInfo): string | undefined =>
  found.executorType !== 'builtin' && found.payload.length === 0 ? undefined : versionOf(found);
