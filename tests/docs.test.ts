import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

describe('docs/errors.md', () => {
  it('lists every code of the platform', () => {
    const sources = readdirSync(new URL('packages/platform/src/', root), {
      recursive: true,
      encoding: 'utf8',
    })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing/'))
      .map((file) => read(`packages/platform/src/${file}`))
      .join('\n');
    const patterns = [
      /refuse\.\w+\(\s*'([a-z-]+)'/g,
      /deny\(\s*'([a-z-]+)'/g,
      /fail\(\s*'[^']+',\s*'([a-z-]+)'/g,
      /reply\(\s*request,\s*response,\s*\d+,\s*'([a-z-]+)'/g,
      /\bcode: '([a-z-]+)'/g,
    ];
    const codes = new Set(
      patterns.flatMap((pattern) => [...sources.matchAll(pattern)].map(([, code]) => code as string)),
    );
    expect(codes.size).toBeGreaterThan(60);
    const listed = read('docs/errors.md');
    expect([...codes].filter((code) => !listed.includes(`\`${code}\``))).toEqual([]);
  });
});

describe('docs/attestation', () => {
  it('lists every reason with its meaning', async () => {
    const { reasons } = await import('@gaiwan/attestation');
    const page = read('docs/attestation/README.md');
    for (const [reason, meaning] of Object.entries(reasons))
      expect(page).toContain(`| \`${reason}\` | ${meaning} |`);
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

describe('docs/functions', () => {
  it('is what the catalogue says (`npm run docs` writes it)', async () => {
    const { builtins, catalogueMarkdown } = await import('@gaiwan/functions');
    expect(read('docs/functions/README.md')).toBe(catalogueMarkdown(builtins.values()));
  });
});

describe('links between documents', () => {
  it('lead somewhere', () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      ...readdirSync(new URL('docs/', root))
        .filter((f) => f.endsWith('.md'))
        .map((f) => `docs/${f}`),
      ...readdirSync(new URL('docs/attestation/', root)).map((f) => `docs/attestation/${f}`),
      'docs/functions/README.md',
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
