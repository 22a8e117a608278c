import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { attestationServiceRefusals } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { platformRefusals } from '../packages/platform/src/refusals.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const sourcesOf = (folder: string): { path: string; text: string }[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing/'))
    .map((file) => ({ path: `${folder}${file}`, text: read(`${folder}${file}`) }));

describe('docs/errors.md', () => {
  const page = read('docs/errors.md');

  it('lists every code of the platform', () => {
    const codes = Object.keys(platformRefusals);
    expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });

  it('lists those of the attestation service where it speaks of that', () => {
    const codes = Object.keys(attestationServiceRefusals);
    const [paragraph] = /^The attestation service answers[\s\S]*?\n\n/m.exec(page) ?? [''];
    expect(codes.filter((code) => !paragraph.includes(`\`${code}\``))).toEqual([]);
  });

  it('lists every class of errors of @gaiwan/enclave and @gaiwan/trust with its codes, and no others', async () => {
    const { refusalTables: ofEnclave } = await import('../packages/enclave/src/refusal-tables.ts');
    const { refusalTables: ofTrust } = await import('../packages/trust/src/refusal-tables.ts');
    const rows = [...page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, codes]) => [
      name,
      [...(codes ?? '').replace(/; its `reason`.*/, '').matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)]
        .map(([, code]) => code)
        .filter((code) => !['registers', 'differences', 'response'].includes(code ?? ''))
        .sort(),
    ]);
    const tables: [string, string[]][] = Object.entries({ ...ofEnclave, ...ofTrust }).map(([name, table]) => [
      name,
      Object.keys(table).sort(),
    ]);
    expect(tables.length).toBeGreaterThan(10);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(tables));
  });

  it('and no class of errors of theirs is without a table', () => {
    for (const folder of ['packages/enclave/src/', 'packages/trust/src/'])
      for (const { path, text } of sourcesOf(folder))
        for (const [, base] of text.matchAll(/class \w+ extends (\w*Error)\b/g))
          expect(base, path).toBe('CodedError');
  });
});

describe('docs/limits.md', () => {
  const page = read('docs/limits.md');

  it('names files that are there', () => {
    const named = [...page.matchAll(/\| ([^|]*`[^|]*) \|$/gm)].flatMap(([, cell]) => [
      ...(cell as string).matchAll(/`([\w/-]+\/[\w/.-]+)`/g),
    ]);
    expect(named.length).toBeGreaterThan(20);
    const bases = ['packages/', 'packages/platform/src/', 'packages/enclave/src/'];
    const lost = named.filter(
      ([, path]) => !bases.some((base) => existsSync(new URL(`${base}${path}`, root))),
    );
    expect(lost.map(([, path]) => path)).toEqual([]);
  });

  /** File, what stands in it, what the page says of it. A limit that changes changes here, and there. */
  it.each([
    [
      'platform/src/services/attestation/body.ts',
      'MAX_BODY = 1 << 20',
      'attestation service | 1 MiB, within 30 s',
    ],
    [
      'platform/src/compose/attestation-service.ts',
      'requestTimeout: 30_000',
      'attestation service | 1 MiB, within 30 s',
    ],
    ['platform/src/compose/attestation-service.ts', 'perSecond = 10,', '| 10 a second, 40 at once'],
    ['platform/src/compose/attestation-service.ts', 'burst: 4 * perSecond', '| 10 a second, 40 at once'],
    ['platform/src/compose/attestation-service.ts', 'maxConnections = 1024', 'its connections | 1024 |'],
    [
      'platform/src/services/attestation/http.ts',
      'ALL = { perSecond: 200, burst: 400 }',
      '| 200 a second, 400 at once',
    ],
    ['platform/src/services/attestation/http.ts', 'RESULT_SECONDS = 300', '| holds 300 s |'],
    ['platform/src/rpc/evidence.ts', '[SHORTEST, LONGEST] = [8, 64]', 'GetEvidence | 8 to 64 bytes'],
    ['platform/src/rpc/evidence.ts', 'AT_ONCE = 4;', 'wait for it | 4; 64 |'],
    ['platform/src/rpc/evidence.ts', 'WAITING = 64;', 'wait for it | 4; 64 |'],
    [
      'enclave/src/limits.ts',
      'certificateLifetime: {\n    value: 3600,',
      '| hold 3600 s, renewed after half',
    ],
    ['enclave/src/tls/identity.ts', '#lifetime * 1000) / 2', '| hold 3600 s, renewed after half'],
    ['enclave/src/limits.ts', 'keysKept: { value: 4,', '| the last 4 |'],
    ['trust/src/limits.ts', 'connecting: {\n    value: 15_000,', 'of a peer | 15 s; 15 s |'],
    ['enclave/src/limits.ts', 'judgement: {\n    value: 15_000,', 'of a peer | 15 s; 15 s |'],
    ['enclave/src/limits.ts', 'secret: { value: 64 * 1024,', '| 64 KiB; 64 MiB |'],
    ['enclave/src/limits.ts', 'secrets: { value: 64 << 20,', '| 64 KiB; 64 MiB |'],
    ['enclave/src/limits.ts', 'guardedSecret: {\n    value: 56,', 'cache lines | 56 bytes |'],
    ['enclave/src/limits.ts', 'brokerAnswer: { value: 16 * 1024,', 'key broker | 16 KiB, within 15 s'],
    ['enclave/src/limits.ts', 'broker: { value: 15_000,', 'key broker | 16 KiB, within 15 s'],
    ['enclave/src/limits.ts', 'reportAnswer: { value: 1 << 20,', 'reports | 1 MiB, within 30 s'],
    ['enclave/src/limits.ts', 'reportService: { value: 30_000,', 'reports | 1 MiB, within 30 s'],
    ['enclave/src/limits.ts', 'tpmSecret: { value: 128,', '| 128 bytes; 64 KiB |'],
    ['enclave/src/limits.ts', 'sealedBlob: { value: 64 * 1024,', '| 128 bytes; 64 KiB |'],
    ['trust/src/limits.ts', 'enclaveInfo: { value: 1 << 20,', 'service in it | 1 MiB; 64 |'],
    ['trust/src/limits.ts', 'builds: { value: 64,', 'service in it | 1 MiB; 64 |'],
    ['enclave/src/limits.ts', 'interfaceFile: { value: 1 << 20,', 'event log | 1 MiB; 1 MiB |'],
    ['enclave/src/limits.ts', 'eventLog: { value: 1 << 20,', 'event log | 1 MiB; 1 MiB |'],
    ['enclave/src/limits.ts', 'nitroDocument: { value: 64 * 1024,', 'helper | 64 KiB, within 10 s'],
    ['enclave/src/limits.ts', 'nitroHelper: { value: 10_000,', 'helper | 64 KiB, within 10 s'],
  ])('%s: %s', (file, source, row) => {
    expect(read(`packages/${file}`)).toContain(source);
    expect(page).toContain(row);
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

describe('docs/functions', () => {
  it('is what the catalogue says (`npm run docs` writes it)', async () => {
    const { catalogue, catalogueMarkdown } = await import('@gaiwan/catalogue');
    expect(read('docs/functions/README.md')).toBe(catalogueMarkdown(catalogue.values()));
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
      ...['attestation', 'enclave', 'functions'].flatMap((folder) =>
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
