/** Ids of the public API: `<prefix>-<uuid>`. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type IdPrefix = 'input' | 'output' | 'function' | 'task' | 'agreement';

/** The canonical id (lower case, hyphens), or undefined. Takes every textual form of a UUID, as Teaclave does. */
export function parseId(text: string, ...prefixes: readonly IdPrefix[]): string | undefined {
  const dash = text.indexOf('-');
  const prefix = prefixes.find((candidate) => candidate === text.slice(0, dash));
  if (dash < 0 || prefix === undefined || text.length > 80) return undefined;
  // As the platform itself writes it: nearly always.
  if (UUID.test(uuidOf(text))) return text;
  const hex = text
    .slice(dash + 1)
    .toLowerCase()
    .replace(/^urn:uuid:|^\{(.*)\}$/g, '$1')
    .replaceAll('-', '');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return UUID.test(uuid) ? `${prefix}-${uuid}` : undefined;
}

export const uuidOf = (id: string): string => id.slice(id.indexOf('-') + 1);
