import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import type { CatalogueEntry } from './entry.ts';
import { CatalogueError } from './refusals.ts';
import { exampleOptions, registrationOf } from './registration.ts';
import { catalogueMarkdown, entryText, exampleCommands, plainEntry } from './text.ts';

const entries = [...catalogue.values()];

function find(name: string): CatalogueEntry {
  const entry = catalogue.get(name);
  if (!entry) throw new Error(`there is no ${name}`);
  return entry;
}

describe.each(entries)('the entry of $name', (entry) => {
  it('says what there is to say, with bounds that its defaults keep', () => {
    const texts = [
      entry.summary,
      entry.returns,
      ...[...Object.values(entry.arguments), ...entry.inputs, ...entry.outputs].map(({ text }) => text),
    ];
    for (const text of texts) expect(text).not.toBe('');
    for (const argument of Object.values(entry.arguments)) {
      if (argument.type !== 'unsigned' && argument.type !== 'float') continue;
      if (argument.default === undefined) continue;
      expect(argument.default).toBeGreaterThanOrEqual(argument.minimum ?? Number.NEGATIVE_INFINITY);
      expect(argument.default).toBeLessThanOrEqual(argument.maximum ?? Number.POSITIVE_INFINITY);
    }
  });
});

describe('registering a catalogued function', () => {
  it('gives the required arguments, and one slot for each party', () => {
    expect(registrationOf(find('builtin-private-set-intersect'), { parties: 2 })).toMatchObject({
      name: 'builtin-private-set-intersect',
      executorType: 'builtin',
      arguments: [{ key: 'num_user', allowOverwrite: true }],
      inputs: [
        { name: 'input_data0', optional: false },
        { name: 'input_data1', optional: false },
      ],
      outputs: [
        { name: 'output_data0', optional: true },
        { name: 'output_data1', optional: true },
      ],
    });
  });

  it('gives optional arguments where they are asked for', () => {
    const options = { parties: 3, optionalArguments: ['result', 'items', 'result'] };
    const { arguments: given } = registrationOf(find('builtin-private-set-intersect'), options);
    expect(given.map(({ key }) => key)).toEqual(['num_user', 'result', 'items']);
  });

  it.each([
    ['set-intersect', {}, 'parties-missing', 'say how many parties there are'],
    ['set-intersect', { parties: 0 }, 'parties-out-of-range', 'from 1 to 1000'],
    ['set-intersect', { parties: 1.5 }, 'parties-out-of-range', 'from 1 to 1000'],
    ['set-intersect', { parties: 1001 }, 'parties-out-of-range', 'from 1 to 1000'],
    ['echo', { parties: 2 }, 'parties-unexpected', 'do not give a number of parties'],
    ['echo', { optionalArguments: ['message'] }, 'unknown-optional-argument', '"message": it has none'],
    [
      'set-intersect',
      { parties: 2, optionalArguments: ['x'] },
      'unknown-optional-argument',
      'it has items, result',
    ],
  ])('refuses %s %j', (name, options, code, message) => {
    const register = () =>
      registrationOf(find(name === 'echo' ? 'builtin-echo' : 'builtin-private-set-intersect'), options);
    expect(register).toThrow(CatalogueError);
    expect(register).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  it.each(entries)('knows how the example of $name wants it', (entry) => {
    const { example } = entry;
    const registered = registrationOf(entry, exampleOptions(entry));
    expect(registered.arguments.map(({ key }) => key).sort()).toEqual(Object.keys(example.arguments).sort());
    const inputs = registered.inputs.map(({ name }) => name);
    for (const name of Object.keys(example.inputs ?? {})) expect(inputs).toContain(name);
    const outputs = registered.outputs.map(({ name }) => name);
    for (const name of Object.keys(example.outputs ?? {})) expect(outputs).toContain(name);
  });
});

describe('the catalogue as text', () => {
  it.each(entries)('says everything about $name', (entry) => {
    const text = entryText(entry);
    const page = catalogueMarkdown([entry]);
    const { arguments: args, inputs, outputs } = entry;
    for (const name of [...Object.keys(args), ...[...inputs, ...outputs].map((slot) => slot.name)]) {
      expect(text).toContain(`  ${name}`);
      expect(page).toContain(`\`${name}\``);
    }
    for (const command of exampleCommands(entry)) expect(page).toContain(command);
    expect(JSON.parse(JSON.stringify(plainEntry(entry)))).toMatchObject({ name: entry.name });
  });

  it('quotes arguments for a shell', () => {
    const echo = find('builtin-echo');
    const example = { ...echo.example, arguments: { message: "it's" } };
    const [, task] = exampleCommands({ ...echo, example });
    expect(task).toContain(`--arguments '{"message":"it'\\''s"}'`);
  });
});
