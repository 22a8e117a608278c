/** The refusals of this package, by class of errors: docs/errors.md is generated from here. */
import { protocolRefusals } from './executor/errors.ts';

export const refusalTables = { ProtocolError: protocolRefusals } as const;
