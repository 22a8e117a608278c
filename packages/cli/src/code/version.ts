/** The version that a registration would have: the hash that manifests name, computed here. */
import type { NewFunction } from '@gaiwan/client';
import { type FunctionDefinition, functionDefinitionBytes } from '@gaiwan/protocol';
import { sha256 } from './files.ts';

export function definitionFor(given: NewFunction): FunctionDefinition {
  const slots = (list: NewFunction['inputs'] = []) =>
    list.map(({ name, description = '', optional = false }) => ({ name, description, optional }));
  return {
    format: 'gaiwan-function-version/1',
    name: given.name,
    description: given.description ?? '',
    executorType: given.executorType,
    payload: sha256(given.payload ?? new Uint8Array()),
    arguments: (given.arguments ?? []).map(({ key, defaultValue = '', allowOverwrite = false }) => ({
      key,
      defaultValue,
      allowOverwrite,
    })),
    inputs: slots(given.inputs),
    outputs: slots(given.outputs),
  };
}

export const versionHash = (definition: FunctionDefinition): string =>
  sha256(functionDefinitionBytes(definition));
