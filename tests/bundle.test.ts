/** What `gaiwan` runs: packages/cli/bundle, made by scripts/bundle-program.mjs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DescField, DescFile, DescMessage, DescService } from '@bufbuild/protobuf';
import type { BuiltinExecutor } from '@gaiwan/executors';
import { builtins, type CataloguedFunction } from '@gaiwan/functions';
import * as protocol from '@gaiwan/protocol';
import { expect, it, onTestFinished } from 'vitest';

const bundle = fileURLToPath(new URL('../packages/cli/bundle/', import.meta.url));
const files = readdirSync(bundle).filter((name) => name.endsWith('.js'));
const texts = new Map(files.map((name) => [name, readFileSync(join(bundle, name), 'utf8')]));

it('has no module twice, so that none has its state twice in a process', () => {
  // In one file a name may stand above the imports and above the code.
  const modules = [...texts.values()].flatMap((text) => [
    ...new Set([...text.matchAll(/^\/\/ (node_modules\/.+)$/gm)].map(([, path = '']) => path)),
  ]);
  expect(modules).toContain('node_modules/@gaiwan/platform/dist/compose/worker-main.js');
  expect(modules).toContain('node_modules/@gaiwan/protocol/dist/manifest.js');
  expect(modules.filter((path, index) => modules.indexOf(path) !== index)).toEqual([]);
  // By the name of the installed package alone: by the folder of the checkout it would be another module.
  for (const [name, text] of texts) expect(text, name).not.toMatch(/^\/\/ packages\//m);
});

it('says nothing of the folder that it was built in, and keeps the names of functions for stack traces', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const [name, text] of texts) expect(text.includes(root), name).toBe(false);
  expect([...texts.values()].join('')).toMatch(/^async function measureBundle\(/m);
});

/** Own or inherited, which is how messages tell what is set. */
const inFull = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inFull);
  const entries: [string, unknown][] = [];
  for (const name in value)
    entries.push([`${Object.hasOwn(value, name)} ${name}`, inFull(value[name as keyof typeof value])]);
  return Object.fromEntries(entries);
};
/** What encoders and decoders read of a message: but for what it refers to, which has a name. */
const plainly = (it: object): unknown =>
  Object.fromEntries(
    Object.entries(it).filter(([, value]) => !['object', 'function'].includes(typeof value)),
  );
const inField = (it: DescField) => ({
  ...(plainly(it) as object),
  default: it.fieldKind === 'scalar' || it.fieldKind === 'enum' ? it.getDefaultValue() : undefined,
  refersTo: [it.message?.typeName, it.enum?.typeName, it.oneof?.name],
});
const inMessage = (it: DescMessage): unknown => ({
  ...(plainly(it) as object),
  fields: it.fields.map(inField),
  members: it.members.map(({ localName }) => localName),
  nested: it.nestedMessages.map(inMessage),
});
const inFile = (file: DescFile): unknown => ({
  proto: inFull(file.proto),
  messages: file.messages.map(inMessage),
  enums: file.enums.map((it) => [plainly(it), it.open, it.values.map(plainly)]),
  methods: file.services.flatMap(({ methods }) =>
    methods.map((it) => [plainly(it), it.input.typeName, it.output.typeName]),
  ),
  dependencies: file.dependencies.map(inFile),
});

it('knows of all calls and messages what generated code says of them', async () => {
  /** By name; the modules of generated code are members of both. */
  const servicesIn = (modules: object) =>
    new Map(
      Object.values(modules)
        .flatMap((module) => (typeof module === 'object' && module !== null ? Object.values(module) : []))
        .filter(
          (value): value is DescService =>
            typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'service',
        )
        .map((service) => [service.typeName, service.file]),
    );
  const name = files.find((file) => texts.get(file)?.includes('function fileOf('));
  const chunk = (await import(pathToFileURL(join(bundle, name ?? '')).href)) as object;
  const generated = servicesIn(protocol);
  const bundled = servicesIn(chunk);
  expect(bundled.size).toBeGreaterThan(3);
  for (const [service, file] of bundled) {
    const expected = generated.get(service);
    expect(inFile(file), service).toEqual(expected && inFile(expected));
  }
  // Nobody decodes a descriptor, but of what decodes descriptors.
  for (const [file, text] of texts) expect(text, file).not.toMatch(/\bfileDesc\(/);
});

it('runs a built-in function in its own thread, with assets of its own', async () => {
  const name = files.find((file) =>
    /^ {2}BuiltinExecutor,?$/m.test(texts.get(file)?.split('export {').at(-1) ?? ''),
  );
  // What it exports is the executor of the packages, whose types these are.
  const { BuiltinExecutor: Bundled } = (await import(pathToFileURL(join(bundle, name ?? '')).href)) as {
    readonly BuiltinExecutor: typeof BuiltinExecutor;
  };
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bundle-'));
  const executor = new Bundled({ slots: 1 });
  onTestFinished(async () => {
    await executor.close();
    rmSync(folder, { recursive: true });
  });
  const { entry } = builtins.get('builtin-face-detection') as CataloguedFunction;
  const { returnValue } = await executor.run({
    functionName: 'builtin-face-detection',
    executorType: 'builtin',
    executor: 'builtin',
    arguments: JSON.stringify(entry.example.arguments),
    payload: new Uint8Array(),
    inputs: {},
    outputs: [],
    limits: {
      timeMs: 200_000,
      cpuMs: 30_000,
      memoryMiB: 1024,
      outputBytes: 1 << 20,
      logBytes: 100,
      files: 10,
    },
    folder,
  });
  expect(Buffer.from(returnValue).toString()).toBe('[]');
});
