/** Roles (contract 3.2). */
import type { Role, RoleName } from './records.ts';

const withGroup: readonly string[] = ['DataOwnerManager', 'DataOwner'];
const names: readonly string[] = ['PlatformAdmin', 'FunctionOwner', ...withGroup];

/** Undefined for a name that is no role. */
export function parseRole(name: string, attribute: string): Role | undefined {
  if (!names.includes(name)) return undefined;
  return { name: name as RoleName, attribute: withGroup.includes(name) ? attribute : '' };
}

/** The string in tokens and metadata. */
export function roleText({ name, attribute }: Role): string {
  return withGroup.includes(name) ? `${name}-${attribute}` : name;
}
