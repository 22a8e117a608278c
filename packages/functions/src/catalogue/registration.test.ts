import { describe, expect, it } from 'vitest';
import { builtins, type CataloguedFunction } from '../index.ts';
import { exampleOptions, registrationOf } from './registration.ts';
import { catalogueMarkdown, entryText, exampleCommands, plainEntry } from './text.ts';

const find = (name: string) => builtins.get(name) as CataloguedFunction;

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
    ['builtin-private-set-intersect', {}, 'say how many parties there are'],
    ['builtin-private-set-intersect', { parties: 0 }, 'from 1 to 1000'],
    ['builtin-private-set-intersect', { parties: 1.5 }, 'from 1 to 1000'],
    ['builtin-echo', { parties: 2 }, 'do not give a number of parties'],
    ['builtin-echo', { optionalArguments: ['message'] }, 'has no optional argument "message": it has none'],
    ['builtin-private-set-intersect', { parties: 2, optionalArguments: ['x'] }, 'it has items, result'],
  ])('refuses %s %j', (name, options, message) => {
    expect(() => registrationOf(find(name), options)).toThrow(message);
  });

  it.each([...builtins.values()])('knows how the example of $name wants it', (builtin) => {
    const { example } = builtin.entry;
    const registered = registrationOf(builtin, exampleOptions(builtin));
    expect(registered.arguments.map(({ key }) => key).sort()).toEqual(Object.keys(example.arguments).sort());
    const inputs = registered.inputs.map(({ name }) => name);
    for (const name of Object.keys(example.inputs ?? {})) expect(inputs).toContain(name);
    const outputs = registered.outputs.map(({ name }) => name);
    for (const name of Object.keys(example.outputs ?? {})) expect(outputs).toContain(name);
  });
});

describe('the catalogue as text', () => {
  it.each([...builtins.values()])('says everything about $name', (builtin) => {
    const text = entryText(builtin);
    const page = catalogueMarkdown([builtin]);
    const { arguments: args, inputs, outputs } = builtin.entry;
    for (const name of [...Object.keys(args), ...[...inputs, ...outputs].map((slot) => slot.name)]) {
      expect(text).toContain(`  ${name}`);
      expect(page).toContain(`\`${name}\``);
    }
    for (const command of exampleCommands(builtin)) expect(page).toContain(command);
    expect(JSON.parse(JSON.stringify(plainEntry(builtin)))).toMatchObject({ name: builtin.name });
  });

  it('quotes arguments for a shell', () => {
    const echo = find('builtin-echo');
    const example = { ...echo.entry.example, arguments: { message: "it's" } };
    const [, task] = exampleCommands({ ...echo, entry: { ...echo.entry, example } });
    expect(task).toContain(`--arguments '{"message":"it'\\''s"}'`);
  });
});
