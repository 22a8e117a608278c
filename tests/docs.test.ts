import { globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorsPage } from '../scripts/docs/errors-page.ts';
import { fromTeaclavePage } from '../scripts/docs/from-teaclave-page.ts';
import { formatLimit, limitsPage } from '../scripts/docs/limits-page.ts';
import { tasksPage } from '../scripts/docs/tasks-page.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

describe('pages that are generated (`npm run docs`)', () => {
  it('docs/errors.md is what the tables of refusals say', async () => {
    expect(read('docs/errors.md')).toBe(await errorsPage());
  });

  it('docs/limits.md is what the tables of limits say', async () => {
    expect(read('docs/limits.md')).toBe(await limitsPage());
  });

  it('docs/tasks.md is what the table of transitions says', () => {
    expect(read('docs/tasks.md')).toBe(tasksPage());
  });

  it('docs/from-teaclave.md is what the tables of the contract suite say', () => {
    expect(read('docs/from-teaclave.md')).toBe(fromTeaclavePage());
  });

  it('docs/functions/README.md is what the catalogue says', async () => {
    const { catalogue, catalogueMarkdown } = await import('@gaiwan/catalogue');
    expect(read('docs/functions/README.md')).toBe(catalogueMarkdown(catalogue.values()));
  });

  it.each([
    [{ value: 16 << 20, unit: 'bytes' }, '16 MiB'],
    [{ value: 56, unit: 'bytes' }, '56 bytes'],
    [{ value: 1024, unit: 'MiB' }, '1 GiB'],
    [{ value: 250, unit: 'ms' }, '250 ms'],
    [{ value: 3600, unit: 's' }, '1 h'],
    [{ value: 2 ** 31 - 1, unit: 'ms' }, '24.9 days'],
    [{ value: 100_000, unit: 'count' }, '100,000'],
    [{ value: 10, unit: 'per second' }, '10 a second'],
  ] as const)('a limit is written for readers: %o as %s', (limit, text) => {
    expect(formatLimit(limit)).toBe(text);
  });
});

describe('docs/audit.md', () => {
  it('says of each public method when its entry is there', async () => {
    const { auditedMethods } = await import('../packages/platform/src/pipeline/audited.ts');
    const groups = new Map<string, string[]>();
    for (const [method, row] of Object.entries(auditedMethods)) {
      const when = typeof row === 'string' ? row : `never: ${row.never}`;
      groups.set(when, [...(groups.get(when) ?? []), `\`${method}\``]);
    }
    const page = read('docs/audit.md');
    for (const [when, methods] of groups) expect(page).toContain(`| ${when} | ${methods.join(', ')} |`);
  });
});

describe('docs/attestation', () => {
  it('lists every reason with its meaning and what to do', async () => {
    const { reasons } = await import('@gaiwan/attestation');
    const page = read('docs/attestation/README.md');
    for (const [reason, { meaning, remedy }] of Object.entries(reasons))
      expect(page).toContain(`| \`${reason}\` | ${meaning} | ${remedy} |`);
  });

  it('has examples of policies that are ones, and names every field', async () => {
    const page = read('docs/attestation/policy.md');
    const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, json]) => JSON.parse(json as string) as object,
    );
    expect(examples).toHaveLength(2);
    const { checkPolicy, policyFields } = await import('../packages/attestation/src/appraise/policy.ts');
    for (const example of examples) expect(() => checkPolicy(example)).not.toThrow();
    expect(policyFields.filter((field) => !page.includes(field))).toEqual([]);
  });
});

describe('links between documents', () => {
  it('lead somewhere', () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      'bench/README.md',
      ...globSync('packages/*/README.md', { cwd: root }),
      ...readdirSync(new URL('docs/', root))
        .filter((f) => f.endsWith('.md'))
        .map((f) => `docs/${f}`),
      ...['attestation', 'enclave', 'functions', 'start'].flatMap((folder) =>
        readdirSync(new URL(`docs/${folder}/`, root))
          .filter((f) => f.endsWith('.md'))
          .map((f) => `docs/${folder}/${f}`),
      ),
    ];
    for (const page of pages) {
      for (const [, target] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        expect(
          () => readdirOrFile(new URL(target as string, new URL(page, root))),
          `${page}: ${target}`,
        ).not.toThrow();
      }
    }
  });
});

function readdirOrFile(url: URL): void {
  try {
    readFileSync(url);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
  }
}
