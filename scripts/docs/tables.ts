/** The tables of refusals and of limits that each package keeps, as its build has them. */
import { existsSync, readdirSync } from 'node:fs';
import type { LimitTable, RefusalEntry } from '@gaiwan/errors';

const packages = new URL('../../packages/', import.meta.url);

/** A row of any table: some are also sent over gRPC or HTTP. */
export interface RefusalRow extends RefusalEntry {
  readonly grpc?: string;
  readonly wire?: string;
  readonly http?: number;
}
export type Rows = Readonly<Record<string, RefusalRow>>;
export type TablesByClass = Readonly<Record<string, Rows>>;

export const packageNames: readonly string[] = readdirSync(packages).sort();

/** What a module of a package's build exports under a name; undefined where the package has no such module. */
async function exportOf(name: string, module: string, binding: string): Promise<unknown> {
  const file = new URL(`${name}/dist/${module}.js`, packages);
  if (!existsSync(file)) return undefined;
  const found: unknown = ((await import(file.href)) as Record<string, unknown>)[binding];
  if (typeof found !== 'object' || found === null)
    throw new Error(`packages/${name}/src/${module}.ts does not export "${binding}"`);
  return found;
}

/** By name of the class. */
export async function refusalTablesOf(name: string): Promise<TablesByClass> {
  return ((await exportOf(name, 'refusal-tables', 'refusalTables')) ?? {}) as TablesByClass;
}

export async function limitsOf(name: string): Promise<LimitTable> {
  return ((await exportOf(name, 'limits', 'limits')) ?? {}) as LimitTable;
}
