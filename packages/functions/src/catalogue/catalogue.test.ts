import { describe, expect, it } from 'vitest';
import { builtins } from '../index.ts';
import { runFunction } from '../testing/run.ts';

describe.each([...builtins.values()])('the catalogue entry of $name', (builtin) => {
  const { entry } = builtin;

  it('says what there is to say, with bounds that its defaults keep', () => {
    const texts = [
      entry.summary,
      entry.returns,
      ...[...Object.values(entry.arguments), ...entry.inputs, ...entry.outputs].map(({ text }) => text),
    ];
    for (const text of texts) expect(text).not.toBe('');
    for (const argument of Object.values(entry.arguments)) {
      if (typeof argument.default !== 'number') continue;
      expect(argument.default).toBeGreaterThanOrEqual(argument.minimum ?? Number.NEGATIVE_INFINITY);
      expect(argument.default).toBeLessThanOrEqual(argument.maximum ?? Number.POSITIVE_INFINITY);
    }
  });

  it('has an example that gives what it says', async () => {
    const { arguments: args, inputs = {}, outputs = {}, returns } = entry.example;
    for (const name of Object.keys(args)) expect(Object.keys(entry.arguments)).toContain(name);
    const ran = await runFunction(builtin, args, inputs);
    expect(ran.text).toBe(returns);
    expect(ran.outputs).toEqual(outputs);
  });
});
