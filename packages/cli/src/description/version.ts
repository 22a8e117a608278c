/** The version of a function: the hash that a manifest names, computed here. */
import { createHash } from 'node:crypto';
import type { FunctionInfo, NewFunction } from '@gaiwan/client';
import { functionDefinitionBytes } from '@gaiwan/protocol';

/** SHA-256 (hex) of the definition, as the platform makes it. */
export function versionOf(definition: NewFunction): string {
  const { name, description = '', executorType, payload = new Uint8Array() } = definition;
  const slots = (list: NewFunction['inputs'] = []) =>
    list.map((slot) => ({
      name: slot.name,
      description: slot.description ?? '',
      optional: slot.optional ?? false,
    }));
  const bytes = functionDefinitionBytes({
    format: 'gaiwan-function-version/1',
    name,
    description,
    executorType,
    payload: createHash('sha256').update(payload).digest('hex'),
    arguments: (definition.arguments ?? []).map(({ key, defaultValue = '', allowOverwrite = false }) => ({
      key,
      defaultValue,
      allowOverwrite,
    })),
    inputs: slots(definition.inputs),
    outputs: slots(definition.outputs),
  });
  return createHash('sha256').update(bytes).digest('hex');
}

/** Of a registered one. Undefined where its code is hidden from the user: only the task's manifest tells its version then. */
export const knownVersion = (found: FunctionInfo): string | undefined =>
  found.executorType !== 'builtin' && found.payload.length === 0 ? undefined : versionOf(found);
