/** What became different between two measured programs, in words: the operator's options by the names that they have on the command line, and files by package. */

/** How a value is called, by its place in the measured configuration. `one`: how many of what is measured make one of what is typed. */
interface OptionName {
  readonly option: string;
  readonly one?: number;
  readonly unit?: string;
}

const limitNames: Readonly<Record<string, OptionName>> = {
  timeMs: { option: 'time', one: 1000, unit: ' s' },
  cpuMs: { option: 'cpu', one: 1000, unit: ' s' },
  memoryMiB: { option: 'memory', unit: ' MiB' },
  outputBytes: { option: 'output', unit: ' bytes' },
  logBytes: { option: 'log', unit: ' bytes' },
  files: { option: 'files' },
  stagedBytes: { option: 'input', unit: ' bytes' },
  transferMs: { option: 'transfer', one: 1000, unit: ' s' },
};

const limitsAs = (path: string, option: string): [string, OptionName][] =>
  Object.entries(limitNames).map(([name, known]) => [
    `${path}.${name}`,
    { ...known, option: `${option} ${known.option}` },
  ]);

const optionNames: ReadonlyMap<string, OptionName> = new Map([
  ['node', { option: 'the version of Node' }],
  ['allowUrls', { option: '--allow-url' }],
  ...limitsAs('taskLimits', '--limit'),
  ...limitsAs('taskMaxima', '--max-limit'),
  ['workerPolicies', { option: '--worker-policy' }],
  ['executors.kinds', { option: '--executors' }],
  ['executors.require', { option: '--sandbox' }],
  ['executors.cpython.python', { option: '--cpython' }],
  ['executors.cpython.modules', { option: '--python-module' }],
  ['executors.cpython.sha256', { option: 'the file of --cpython' }],
  ['executors.custom', { option: '--custom-executor' }],
  ['executors.cgroup', { option: '--cgroup' }],
  ['executors.freshSandboxes', { option: '--fresh-sandboxes' }],
  ['anchor', { option: '--anchor' }],
  ['anchor.kind', { option: '--anchor' }],
  ['anchor.interval', { option: '--anchor-interval', one: 1000, unit: ' s' }],
  ['keyBroker', { option: '--key-broker' }],
  ['keyBroker.key', { option: '--key-broker-key' }],
  ['keyBroker.policy', { option: '--key-broker-policy' }],
  ['keyBroker.instance', { option: '--key-broker-instance' }],
  ['keyBroker.ca', { option: '--key-broker-ca' }],
  ['service', { option: 'the service' }],
  // Of the storage service and of the attestation service.
  ['policies', { option: '--peer-policy or --enclave-info' }],
  ['policy', { option: '--policy' }],
]);

/** No value of a configuration is printed beyond so many characters. */
const LONGEST = 120;
const FILES_NAMED = 5;
const PACKAGES_NAMED = 30;

type Values = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/**
 * A line for each option that two measured configurations (`MeasuredProgram.decisions`) differ in, e.g. `--allow-url: adds https://a.example`.
 * Empty where they say the same.
 */
export const configurationChanges = (before: unknown, after: unknown): string[] =>
  changesAt('', before, after);

function changesAt(path: string, before: unknown, after: unknown): string[] {
  if (same(before, after)) return [];
  if (isObject(before) && isObject(after) && !isWhole(path)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) =>
      changesAt(path === '' ? name : `${path}.${name}`, own(before, name), own(after, name)),
    );
  }
  const { option, ...how } = optionNames.get(path) ?? { option: path === '' ? 'the configuration' : path };
  if (isList(before) && isList(after)) return [`${option}: ${listChange(before, after)}`];
  return [`${option}: ${textOf(before, how)} before, ${textOf(after, how)} now`];
}

/** A policy is compared as one: its fields are no options. */
const isWhole = (path: string): boolean => path === 'keyBroker.policy' || path === 'policy';

const own = (values: Values, name: string): unknown =>
  Object.hasOwn(values, name) ? values[name] : undefined;

function listChange(before: readonly unknown[], after: readonly unknown[]): string {
  const without = (list: readonly unknown[], others: readonly unknown[]) =>
    list.filter((item) => !others.some((other) => same(item, other))).map((item) => textOf(item));
  const [added, gone] = [without(after, before), without(before, after)];
  const parts = [
    ...(added.length > 0 ? [`adds ${added.join(', ')}`] : []),
    ...(gone.length > 0 ? [`no longer ${gone.join(', ')}`] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : 'the same in another order or number';
}

function textOf(value: unknown, { one = 1, unit = '' }: Omit<OptionName, 'option'> = {}): string {
  if (value === undefined) return 'not given';
  if (typeof value === 'number') return `${value / one}${unit}`;
  if (isObject(value) && typeof value['kind'] === 'string') return value['kind'];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** As they are measured: members in any order, and what is undefined is not there. */
function same(one: unknown, other: unknown): boolean {
  if (isList(one) && isList(other))
    return one.length === other.length && one.every((item, index) => same(item, other[index]));
  if (!isObject(one) || !isObject(other)) return one === other;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) =>
    same(own(one, name), own(other, name)),
  );
}

/** SHA-256 by path, of one package. */
interface PackageFiles {
  readonly versions: Set<string>;
  readonly files: Map<string, string>;
}

/** "SHA-256  name@version/path", as `Bundle.list` has it. */
const LINE = /^([0-9a-f]{64}) {2}((?:@[^/@]+\/)?[^/@]+)@([^/]+)\/(.+)$/;

function packagesIn(list: string): Map<string, PackageFiles> {
  const found = new Map<string, PackageFiles>();
  for (const line of list.split('\n')) {
    const [, digest, name, version, path] = LINE.exec(line) ?? [];
    if (digest === undefined || name === undefined || version === undefined || path === undefined) continue;
    const one = found.get(name) ?? { versions: new Set(), files: new Map() };
    one.versions.add(version);
    // A package may be there in two versions: its file is what both have there.
    one.files.set(path, `${one.files.get(path) ?? ''}${digest}`);
    found.set(name, one);
  }
  return found;
}

/**
 * A line for each package that two lists of files (`Bundle.list`) differ in, e.g. `@gaiwan/platform 0.1.0: changed dist/index.js`, and no more
 * than some: how many more there are is said.
 */
export function fileChanges(before: string, after: string): string[] {
  if (before === after) return [];
  const [old, now] = [packagesIn(before), packagesIn(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  const changes = names.flatMap((name) => packageChange(name, old.get(name), now.get(name)));
  if (changes.length === 0) return ['the list of files has another form'];
  const more = changes.length - PACKAGES_NAMED;
  return more > 0 ? [...changes.slice(0, PACKAGES_NAMED), `and ${more} more packages`] : changes;
}

function packageChange(
  name: string,
  before: PackageFiles | undefined,
  after: PackageFiles | undefined,
): string[] {
  const versionOf = ({ versions }: PackageFiles) => [...versions].sort().join(' and ');
  if (before === undefined || after === undefined) {
    if (after !== undefined) return [`${name} ${versionOf(after)}: a new package`];
    return before === undefined ? [] : [`${name} ${versionOf(before)}: is no longer there`];
  }
  const paths = (files: Iterable<string>, is: (path: string) => boolean) => [...files].filter(is);
  const changed = paths(
    after.files.keys(),
    (path) => before.files.has(path) && before.files.get(path) !== after.files.get(path),
  );
  const added = paths(after.files.keys(), (path) => !before.files.has(path));
  const gone = paths(before.files.keys(), (path) => !after.files.has(path));
  const parts = [...named('changed', changed), ...named('added', added), ...named('removed', gone)].join(
    '; ',
  );
  const [old, now] = [versionOf(before), versionOf(after)];
  if (old !== now) return [`${name}: ${old} before, ${now} now${parts === '' ? '' : ` (${parts})`}`];
  return parts === '' ? [] : [`${name} ${now}: ${parts}`];
}

function named(what: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const more = paths.length - FILES_NAMED;
  const some = paths.slice(0, FILES_NAMED).join(', ');
  return [`${what} ${some}${more > 0 ? ` and ${more} more` : ''}`];
}
