/**
 * The plan of the packages (packages/plan.json) and everything that is made from it: the lint rules that hold each import to it, the
 * project references, the picture in docs/architecture.md and the table in README.md.
 *
 * `node scripts/house/plan.ts` writes them; with `--check` it only compares, says what differs and ends with 1.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { picture } from './picture.ts';
import { root } from './sources.ts';

export interface PlannedPackage {
  /** Imports lead from a higher layer to a lower one. */
  readonly layer: number;
  /** What it is, for README.md. */
  readonly sentence: string;
  /** Where to read on. */
  readonly docs?: string;
  /** Exactly the packages of ours that its sources import. */
  readonly imports: readonly string[];
  /** Of these, only such entry points, e.g. "@gaiwan/protocol/executor". Default: all of them. */
  readonly entries?: readonly string[];
  /** What its tests and test support import beside that. */
  readonly tests?: readonly string[];
}

/** A part of a package that may import less than the package. */
export interface Wall {
  /** Globs of files. */
  readonly files: readonly string[];
  readonly except?: readonly string[];
  /** Patterns of modules that they may not import. */
  readonly forbid: readonly string[];
  readonly why: string;
}

export interface Plan {
  readonly packages: Readonly<Record<string, PlannedPackage>>;
  readonly walls: readonly Wall[];
}

const TESTS = ['*.test.ts', 'testing/**'];
/** Of biome.json: characters of a line. */
const LINE = 110;
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

export function readPlan(): Plan {
  // The file is ours, and checkPlan looks at what matters.
  return JSON.parse(read('packages/plan.json')) as Plan;
}

/** What is wrong with the plan itself, or with what packages declare beside it. */
export function faultsOf(
  { packages }: Plan,
  folders: readonly string[],
  manifestOf: (name: string) => Manifest,
): string[] {
  const planned = Object.keys(packages);
  const faults = [
    ...folders
      .filter((name) => !planned.includes(name))
      .map((name) => `packages/${name} is not in packages/plan.json`),
    ...planned
      .filter((name) => !folders.includes(name))
      .map((name) => `packages/plan.json has ${name}, and there is no such folder`),
  ];
  for (const [name, { layer, imports, entries = [] }] of Object.entries(packages)) {
    for (const below of imports) {
      const found = packages[below];
      if (found === undefined || found.layer >= layer)
        faults.push(`${name} imports ${below}, which is not in a lower layer`);
    }
    const odd = entries.find((entry) => !imports.some((below) => entry.startsWith(`@gaiwan/${below}`)));
    if (odd !== undefined) faults.push(`${name} may enter ${odd}, a package that it does not import`);
    if (!folders.includes(name)) continue;
    const declared = Object.keys(manifestOf(name).dependencies ?? {})
      .filter((key) => key.startsWith('@gaiwan/'))
      .map((key) => key.slice('@gaiwan/'.length));
    for (const one of declared)
      if (!imports.includes(one))
        faults.push(`${name}/package.json depends on ${one}, and the plan does not say so`);
    for (const one of imports)
      if (!declared.includes(one))
        faults.push(`the plan says that ${name} imports ${one}, and its package.json does not depend on it`);
  }
  return faults;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Everything of ours but the given packages, or single entry points. */
function patterns(names: readonly string[], entries: readonly string[] | undefined, why: string) {
  const open =
    entries ?? names.flatMap((name) => [`@gaiwan/${name}`, `@gaiwan/${name}/*`, `@gaiwan/${name}/*/*`]);
  const group = ['@gaiwan/*', '@gaiwan/*/*', '@gaiwan/*/*/*', ...open.map((name) => `!${name}`)];
  return { group, message: why };
}

const restricted = (
  ...groups: readonly { readonly group: readonly string[]; readonly message: string }[]
) => ({
  'no-restricted-imports': ['error', { patterns: groups }],
});

/** Lint rules: later ones replace earlier ones for the same file, so a wall repeats the rule of its package. */
export function lintRules({ packages, walls }: Plan): object {
  const own = (name: string) => {
    const { imports = [], entries } = packages[name] ?? {};
    return patterns([name, ...imports], entries, `packages/plan.json does not let ${name} import this.`);
  };
  const rooms = Object.keys(packages).map((name) => ({
    files: [`packages/${name}/src/**`],
    rules: restricted(own(name)),
  }));
  const walled = walls.map(({ files, except, forbid, why }) => {
    const [, name = ''] = /^packages\/([^/]+)/.exec(files[0] ?? '') ?? [];
    return {
      files,
      ...(except && { excludeFiles: except }),
      rules: restricted(own(name), { group: forbid, message: why }),
    };
  });
  const tests = Object.entries(packages).map(([name, { imports, tests: more = [] }]) => ({
    files: TESTS.map((file) => `packages/${name}/src/**/${file}`),
    rules: restricted(
      patterns(
        [name, ...imports, ...more],
        undefined,
        `packages/plan.json does not let tests of ${name} import this.`,
      ),
    ),
  }));
  return { overrides: [...rooms, ...walled, ...tests] };
}

/** Layers of packages, the highest first. */
export function layersOf({ packages }: Plan): string[][] {
  const layers = new Map<number, string[]>();
  for (const [name, { layer }] of Object.entries(packages))
    layers.set(layer, [...(layers.get(layer) ?? []), name]);
  return [...layers].sort(([a], [b]) => b - a).map(([, names]) => names);
}

function table({ packages }: Plan): string {
  const rows = Object.entries(packages).map(
    ([name, { sentence, docs }]) =>
      `| [\`${name}\`](packages/${name}) | ${sentence}${docs === undefined ? '' : ` ([docs](${docs}))`} |`,
  );
  return ['| package | one sentence |', '|--|--|', ...rows].join('\n');
}

const listed = (plan: Plan): string =>
  Object.entries(plan.packages)
    .map(
      ([name, { imports }]) =>
        `- \`${name}\`: ${imports.length === 0 ? 'nothing' : imports.map((one) => `\`${one}\``).join(', ')}`,
    )
    .join('\n');

/** The text with what stands between its two markers replaced. */
function between(text: string, marker: string, content: string): string {
  const [start, end] = [`<!-- ${marker}: made by scripts/house/plan.ts -->`, `<!-- /${marker} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The markers of ${marker} are missing.`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** Replaces the project references alone, in the form that the formatter gives them, so that the rest of a tsconfig.json stays as it is. */
function withReferences(text: string, names: readonly string[], prefix: string): string {
  const items = names.map((name) => `{ "path": "${prefix}${name}" }`);
  const line = `  "references": [${items.join(', ')}]`;
  const value = line.length <= LINE ? line : `  "references": [\n    ${items.join(',\n    ')}\n  ]`;
  return text.replace(/^ {2}"references": \[[^\]]*\]/m, value);
}

/** Every file that is made from the plan, with what it should hold. */
export function filesOf(plan: Plan): ReadonlyMap<string, string> {
  const names = Object.keys(plan.packages).filter((name) =>
    existsSync(`${root}packages/${name}/tsconfig.json`),
  );
  return new Map([
    ['.oxlintrc.plan.json', json(lintRules(plan))],
    ['docs/architecture.svg', picture(plan)],
    [
      'docs/architecture.md',
      between(
        read('docs/architecture.md'),
        'packages',
        `![The packages in layers, with an arrow for each import](architecture.svg)\n\n${listed(plan)}`,
      ),
    ],
    ['README.md', between(read('README.md'), 'packages', table(plan))],
    ['tsconfig.json', withReferences(read('tsconfig.json'), names, 'packages/')],
    ...names.map((name): [string, string] => {
      const path = `packages/${name}/tsconfig.json`;
      return [path, withReferences(read(path), plan.packages[name]?.imports ?? [], '../')];
    }),
  ]);
}

if (import.meta.main) {
  const plan = readPlan();
  const folders = readdirSync(`${root}packages`, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const manifestOf = (name: string): Manifest =>
    JSON.parse(read(`packages/${name}/package.json`)) as Manifest;
  const faults = faultsOf(
    plan,
    folders.map(({ name }) => name),
    manifestOf,
  );
  for (const [path, content] of filesOf(plan)) {
    const there = existsSync(`${root}${path}`) ? read(path) : '';
    if (there === content) continue;
    if (process.argv.includes('--check'))
      faults.push(`${path} is not what the plan says: run npm run generate`);
    else writeFileSync(`${root}${path}`, content);
  }
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
