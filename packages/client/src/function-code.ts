/** The code of a function's version, as the platform sends it; what is not what the version's hash names is never returned. */
import { createHash } from 'node:crypto';
import { type FunctionDefinition, gaiwan, ManifestError, parseFunctionDefinition } from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';

/** `hidden`: by its owner. `for participants`: of the function's tasks. `signature missing`: log in with the account's key. */
export type CodeAccess = 'shown' | 'hidden' | 'for participants' | 'signature missing';

export interface FunctionCode {
  /** SHA-256 (hex) of the definition, computed here: what manifests call the function's version. */
  readonly version: string;
  readonly definition: FunctionDefinition;
  readonly access: CodeAccess;
  /** Undefined unless it is shown. Of a built-in function, whose code is the platform's own, empty. */
  readonly payload: Uint8Array | undefined;
}

/** A version that a function has or had. */
export interface VersionOfFunction {
  /** SHA-256 (hex) of the definition. */
  readonly version: string;
  /** Undefined: from when this was not kept. */
  readonly since: Date | undefined;
  readonly isCodeHidden: boolean;
}

const accesses: Readonly<Partial<Record<gaiwan.CodeAccess, CodeAccess>>> = {
  [gaiwan.CodeAccess.SHOWN]: 'shown',
  [gaiwan.CodeAccess.HIDDEN]: 'hidden',
  [gaiwan.CodeAccess.FOR_PARTICIPANTS]: 'for participants',
  [gaiwan.CodeAccess.SIGNATURE_MISSING]: 'signature missing',
};

const bad = (why: string, cause?: unknown) =>
  new GaiwanError(
    'bad-code',
    `The platform's answer is not the code of this function: ${why}. Do not approve the task, and tell the operator.`,
    { cause },
  );

/** `expected`: the version that the manifest names. Throws `GaiwanError` (bad-code). */
export function readCode(
  answer: Pick<gaiwan.FunctionCode, 'definition' | 'payload' | 'access'>,
  expected?: string,
): FunctionCode {
  const version = sha256(answer.definition);
  if (expected !== undefined && version !== expected)
    throw bad(`its version is ${version}, and the manifest names ${expected}`);
  const definition = parse(answer.definition);
  const access = accesses[answer.access];
  if (access === undefined) throw bad('it does not say whether the code may be read');
  if (access !== 'shown') return { version, definition, access, payload: undefined };
  if (sha256(answer.payload) !== definition.payload)
    throw bad(
      `the SHA-256 of the code is ${sha256(answer.payload)}, and the version names ${definition.payload}`,
    );
  return { version, definition, access, payload: answer.payload };
}

function parse(bytes: Uint8Array): FunctionDefinition {
  try {
    return parseFunctionDefinition(bytes);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw bad(error.message.replace(/^It/, 'it').replace(/[.]$/, ''), error);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
