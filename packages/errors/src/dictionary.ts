/**
 * A record whose names may be a stranger's: without a prototype, so that `toString` is absent unless it was put in, and
 * `__proto__` is a name like any other. `Object.fromEntries` and `{}` are not used in its place: lint holds that.
 *
 * @example
 * const tags = dictionary([['sum', tag]]);
 * tags['constructor']; // undefined
 */
export function dictionary<T>(entries: Iterable<readonly [string, T]> = []): Record<string, T> {
  const record: Record<string, T> = Object.create(null);
  for (const [name, value] of entries) record[name] = value;
  return record;
}
