/** Every class of coded errors of this package with its table: docs/errors.md is generated from here. */
import { argumentsRefusals } from './arguments/error.ts';
import { protocolRefusals } from './executor/errors.ts';
import { manifestRefusals } from './manifest-error.ts';

export const refusalTables = {
  ProtocolError: protocolRefusals,
  ManifestError: manifestRefusals,
  ArgumentsTextError: argumentsRefusals,
} as const;
