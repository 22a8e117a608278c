/** A version of a function, as its hash names it: everything that decides what runs and how it is called; code by its hash. */
import { canonicalBytes, parseCanonical } from './canonical-bytes.ts';
import { flag, hex, list, members, oneOf, type Read, text } from './form.ts';
import { limits } from './limits.ts';

const FORMAT = 'gaiwan-function-version/1';

export interface FunctionArgument {
  readonly key: string;
  readonly defaultValue: string;
  readonly allowOverwrite: boolean;
}

export interface FunctionSlot {
  readonly name: string;
  readonly description: string;
  readonly optional: boolean;
}

export interface FunctionDefinition {
  readonly format: typeof FORMAT;
  readonly name: string;
  readonly description: string;
  readonly executorType: string;
  /** SHA-256 (hex) of the code. */
  readonly payload: string;
  readonly arguments: readonly FunctionArgument[];
  readonly inputs: readonly FunctionSlot[];
  readonly outputs: readonly FunctionSlot[];
}

const name = text(limits.name.value);
/** Bounded by the definition's size alone. */
const anyText = text(limits.manifest.value);
const slots = list(
  members<FunctionSlot>({ name, description: anyText, optional: flag }),
  limits.entries.value,
);

const readDefinition: Read<FunctionDefinition> = members<FunctionDefinition>({
  format: oneOf([FORMAT]),
  name,
  description: text(limits.description.value),
  executorType: name,
  payload: hex(32),
  arguments: list(
    members<FunctionArgument>({ key: name, defaultValue: anyText, allowOverwrite: flag }),
    limits.entries.value,
  ),
  inputs: slots,
  outputs: slots,
});

/**
 * Canonical JSON: its SHA-256 is the function's version in a manifest.
 *
 * @throws ManifestError for what `parseFunctionDefinition` would refuse
 */
export const functionDefinitionBytes = (definition: FunctionDefinition): Uint8Array<ArrayBuffer> =>
  canonicalBytes(definition, readDefinition);

/** @throws ManifestError unless the bytes are the canonical form of a definition */
export const parseFunctionDefinition = (bytes: Uint8Array): FunctionDefinition =>
  parseCanonical(bytes, FORMAT, readDefinition);
