/**
 * Everything that is made from the plan of the packages (packages/plan.json): the lint rules that hold each import to it, the project
 * references, the picture in docs/architecture.md and the table in README.md.
 *
 * `node scripts/house/generate.ts` writes them; with `--check` it only compares, says what differs and ends with 1.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { picture } from './picture.ts';
import { faultsOf, type Manifest, type Plan, readPlan } from './plan.ts';
import { root } from './sources.ts';

const TESTS = ['*.test.ts', 'testing/**'];
/** Of biome.json: characters of a line. */
const LINE = 110;
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Everything of ours but the given packages, or single entry points. */
function patterns(names: readonly string[], entries: readonly string[] | undefined, why: string) {
  const open =
    entries ?? names.flatMap((name) => [`@gaiwan/${name}`, `@gaiwan/${name}/*`, `@gaiwan/${name}/*/*`]);
  const group = ['@gaiwan/*', '@gaiwan/*/*', '@gaiwan/*/*/*', ...open.map((name) => `!${name}`)];
  return { group, message: why };
}

/** Another package's files by their path: its `exports` would not be asked. Tests share test support that way. */
const byPath = (ofTests: boolean) => ({
  group: ofTests ? ['**/src/**', '!**/testing/**'] : ['**/src/**'],
  message: 'Import the package, not a file in its folder.',
});

/** However the path is written, and from however deep it comes. */
const anyDepth = (pattern: string): string[] =>
  pattern.startsWith('../') && pattern.endsWith('/**') ? [pattern, `**/${pattern}`] : [pattern];

const restricted = (
  ...groups: readonly { readonly group: readonly string[]; readonly message: string }[]
) => ({
  'no-restricted-imports': ['error', { patterns: groups }],
});

/** Lint rules: later ones replace earlier ones for the same file, so a wall repeats the rule of its package. */
export function lintRules({ packages, walls }: Plan): object {
  const own = (name: string) => {
    const planned = packages[name];
    return patterns(
      [name, ...(planned?.imports ?? [])],
      planned?.entries,
      `packages/plan.json does not let ${name} import this.`,
    );
  };
  const rooms = Object.keys(packages).map((name) => ({
    files: [`packages/${name}/src/**`],
    rules: restricted(own(name), byPath(false)),
  }));
  const walled = walls.map(({ files, except, forbid, why }) => {
    const [, name = ''] = /^packages\/([^/]+)/.exec(files[0] ?? '') ?? [];
    return {
      files,
      ...(except && { excludeFiles: except }),
      rules: restricted(own(name), byPath(false), { group: forbid.flatMap(anyDepth), message: why }),
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
      byPath(true),
    ),
  }));
  return { overrides: [...rooms, ...walled, ...tests] };
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
  const [start, end] = [`<!-- ${marker}: made by scripts/house/generate.ts -->`, `<!-- /${marker} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The markers of ${marker} are missing.`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** Replaces the project references alone, in the form that the formatter gives them, so that the rest of a tsconfig.json stays as it is. */
function withReferences(text: string, names: readonly string[], prefix: string): string {
  const [, before = ''] = /^ {2}"references": \[([^\]]*)\]/m.exec(text) ?? [];
  // Projects within the package are its own matter.
  const own = [...before.matchAll(/"path": "([^"]+)"/g)].flatMap(([, path = '']) =>
    path.endsWith('.json') ? path : [],
  );
  const items = [...names.map((name) => `${prefix}${name}`), ...own].map((path) => `{ "path": "${path}" }`);
  const line = `  "references": [${items.join(', ')}]`;
  const value = line.length <= LINE ? line : `  "references": [\n    ${items.join(',\n    ')}\n  ]`;
  return text.replace(/^ {2}"references": \[[^\]]*\]/m, value);
}

const OWN_README = '<!-- made by scripts/house/generate.ts -->';

/** Of packages that nobody installs by themselves. Those with a README that somebody has written keep it. */
function readmes({ packages }: Plan): [string, string][] {
  return Object.entries(packages).flatMap(([name, { sentence }]): [string, string][] => {
    const path = `packages/${name}/README.md`;
    const { private: isPrivate } = JSON.parse(read(`packages/${name}/package.json`)) as {
      readonly private?: boolean;
    };
    if (isPrivate) return [];
    if (existsSync(`${root}${path}`) && !read(path).startsWith(OWN_README)) return [];
    const text = `${OWN_README}\n# @gaiwan/${name}\n\nA part of Gaiwan: ${sentence}.\n
It comes with [\`@gaiwan/cli\`](../cli/README.md), the platform and its command line, or with [\`@gaiwan/client\`](../client/README.md), the SDK. What it exports changes
with them, and each release names the others by exact version.\n\nApache-2.0.\n`;
    return [[path, text]];
  });
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
    ...readmes(plan),
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
