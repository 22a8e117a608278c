import { describe, expect, it } from 'vitest';
import { builtinFunction } from './builtins.ts';

describe('builtinFunction', () => {
  it('gives what register takes', async () => {
    const definition = await builtinFunction('builtin-private-set-intersect', {
      parties: 2,
      optionalArguments: ['result'],
    });
    expect(definition.arguments).toEqual([
      { key: 'num_user', allowOverwrite: true },
      { key: 'result', allowOverwrite: true },
    ]);
    expect(definition.inputs?.map(({ name }) => name)).toEqual(['input_data0', 'input_data1']);
  });

  it.each([
    ['builtin-nothing', {}, 'There is no built-in function "builtin-nothing": there are builtin-'],
    ['builtin-echo', { parties: 3 }, 'do not give a number of parties'],
  ])('refuses %s %j', async (name, options, message) => {
    await expect(builtinFunction(name, options)).rejects.toMatchObject({
      name: 'GaiwanError',
      code: 'bad-function-options',
      message: expect.stringContaining(message) as string,
    });
  });
});
