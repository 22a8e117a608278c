/** What a code of an error means: all tables of refusals together. */
import { refusalTables as attestation } from '@gaiwan/attestation/refusals';
import { refusalTables as catalogue } from '@gaiwan/catalogue/refusals';
import { refusalTables as client } from '@gaiwan/client/refusals';
import { refusalTables as enclave } from '@gaiwan/enclave/refusals';
import type { RefusalEntry } from '@gaiwan/errors';
import { refusalTables as executors } from '@gaiwan/executors/refusals';
import { refusalTables as files } from '@gaiwan/files/refusals';
import { refusalTables as platform } from '@gaiwan/platform/refusals';
import { grpcStatuses, type WireRefusal } from '@gaiwan/protocol';
import { refusalTables as protocol } from '@gaiwan/protocol/refusals';
import { refusalTables as provenance } from '@gaiwan/provenance/refusals';
import { refusalTables as trust } from '@gaiwan/trust/refusals';
import { refusalTables as cli } from './refusal-tables.ts';

type Tables = Readonly<Record<string, Readonly<Record<string, RefusalEntry & Partial<WireRefusal>>>>>;

/** What people meet first comes first. */
const byPackage: Readonly<Record<string, Tables>> = {
  platform,
  client,
  cli,
  trust,
  files,
  enclave,
  executors,
  catalogue,
  provenance,
  attestation,
  protocol,
};

export interface FoundRefusal extends RefusalEntry {
  readonly code: string;
  /** The package and the class whose code it is, e.g. `@gaiwan/files FilesError`. */
  readonly of: string;
  /** As a platform sends it, e.g. `gRPC 2 UNKNOWN "failed to invoke task"`. */
  readonly sent?: string;
}

function sentAs({ grpc, wire, http }: Partial<WireRefusal>): string {
  const text = wire === undefined ? '' : ` ${JSON.stringify(wire)}`;
  return [
    ...(grpc === undefined ? [] : [`gRPC ${grpcStatuses[grpc]} ${grpc}${text}`]),
    ...(http === undefined ? [] : [`HTTP ${http}`]),
  ].join(', ');
}

/** Every meaning of a code: packages share some, e.g. `io`. Empty for a code that this version does not know. */
export function findRefusals(code: string): FoundRefusal[] {
  return Object.entries(byPackage).flatMap(([name, tables]) =>
    Object.entries(tables).flatMap(([className, rows]) => {
      const row = Object.hasOwn(rows, code) ? rows[code] : undefined;
      if (row === undefined) return [];
      const sent = sentAs(row);
      const { meaning, remedy } = row;
      return [{ code, of: `@gaiwan/${name} ${className}`, ...(sent !== '' && { sent }), meaning, remedy }];
    }),
  );
}
