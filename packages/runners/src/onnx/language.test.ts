import { type BuiltinFunction, FunctionError } from '@gaiwan/functions/native';
import { describe, expect, it } from 'vitest';
import { ChannelError } from '../channel-error.ts';
import { Files } from '../files.ts';
import { jobFor, MemoryFiles } from '../testing/memory-files.ts';
import { builtinLanguage } from './language.ts';

type Body = BuiltinFunction['run'];

/** What becomes of one job. */
async function run(
  body: Body,
  inputs: Readonly<Record<string, string>> = {},
  { name = 'f', args = {}, outputs = ['out'] }: { name?: string; args?: unknown; outputs?: string[] } = {},
) {
  const requests = new MemoryFiles(inputs, outputs);
  const files = new Files(requests);
  const source = builtinLanguage({ name, run: body }, 'native').load(new Uint8Array());
  const loaded = await source.fresh();
  const result = Buffer.from(await loaded.run(jobFor(args, inputs, outputs), files)).toString();
  files.flush();
  return {
    result,
    outputs: Object.fromEntries([...requests.outputs].map(([slot, bytes]) => [slot, bytes.toString()])),
  };
}

const fail = (error: unknown): Body => {
  return () => {
    throw error;
  };
};

describe('a built-in function over the files of a sandbox', () => {
  it('gets its arguments, reads inputs in pieces and from their start again, and writes outputs', async () => {
    const long = 'x'.repeat((1 << 20) + 5);
    const { result, outputs } = await run(
      async (context) => {
        const sizes: number[] = [];
        const given = context.input('in');
        for (const _ of [1, 2]) for await (const chunk of given.chunks()) sizes.push(chunk.length);
        for await (const _ of context.input('empty').chunks()) sizes.push(-1);
        const out = context.output('out');
        await out.write(Buffer.from('one '));
        await out.write(Buffer.from('two'));
        await out.close();
        return JSON.stringify([context.args, given.size, sizes, context.memoryBytes]);
      },
      { in: long, empty: '' },
      { args: { a: 1 } },
    );
    expect(JSON.parse(result)).toEqual([{ a: 1 }, long.length, [1 << 20, 5, 1 << 20, 5], 64 << 20]);
    expect(outputs).toEqual({ out: 'one two' });
  });

  it('is the only one that runs there', async () => {
    await expect(run(() => 'never', {}, { name: 'g' })).rejects.toMatchObject({
      name: 'RunnerFailure',
      message: 'The executor native runs g alone: create the task with the executor "builtin".',
    });
  });

  it('is told of files that the task has not in the words of the other executor', async () => {
    const input = run((context) => `${context.input('other').size}`);
    await expect(input).rejects.toMatchObject({
      message: 'Invalid input file identifier.',
      code: 'unknown-input',
    });
    const output = run((context) => typeof context.output('other'));
    await expect(output).rejects.toMatchObject({
      message: 'Invalid output file identifier',
      code: undefined,
    });
  });

  it.each([
    [
      new FunctionError('invalid-model', 'The model is odd.'),
      { message: 'The model is odd.', limit: undefined },
    ],
    [new FunctionError('out-of-memory', 'It is large.'), { limit: 'memory' }],
    [new RangeError('Array buffer allocation failed'), { limit: 'memory' }],
    [new TypeError('/home/host/secret'), { message: 'The function failed (TypeError).' }],
    ['thrown', { message: 'The function failed (string).' }],
  ])('fails with what is made for participants: %s', async (error, expected) => {
    await expect(run(fail(error))).rejects.toMatchObject({ name: 'RunnerFailure', ...expected });
  });

  it('ends with its process where the worker has gone', async () => {
    const gone = new ChannelError('gone');
    await expect(run(fail(gone))).rejects.toBe(gone);
  });

  it('refuses arguments that are no object', async () => {
    await expect(run(() => 'never', {}, { args: '[1]' })).rejects.toMatchObject({ name: 'RunnerFailure' });
  });
});
