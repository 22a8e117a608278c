/** Lists for Teaclave's functions, in forms that its own reader has not met. */
import { describe, expect, it } from 'vitest';
import { orderedSetIntersect } from '../intersect/intersect.ts';
import { privateJoinAndCompute } from '../join/join.ts';
import { passwordCheck } from '../password/password.ts';
import { runFunction } from '../testing/run.ts';
import { type Encoding, encode, encodings, lineEnds } from '../testing/text-forms.ts';

describe("Teaclave's functions", () => {
  it.each(encodings.flatMap((encoding) => lineEnds.map((end) => [encoding, end] as const)))(
    'S4, fault 4, fault 7: read %s with line ends %j',
    async (encoding: Encoding, end: string) => {
      const form = (text: string) => encode(text.replaceAll('\n', end), encoding);
      const joined = await runFunction(
        privateJoinAndCompute,
        { num_user: 2 },
        { input_data0: form('ann:1\nbob:2\n'), input_data1: 'ann : 10\nbob : 20\n' },
      );
      expect(joined.outputs['output_data0']).toBe('ann, 11\nbob, 22\n');
      expect(joined.text).toBe('2 users join the task in total.');
      const checked = await runFunction(
        passwordCheck,
        {},
        { password: form('secret\n'), exposed_passwords: form('secret\nx\n') },
      );
      expect(checked.text).toBe('true');
    },
  );

  it.each(encodings)(
    'ordered lists are read in %s; a bare CR is refused as the contract has it',
    async (encoding) => {
      const run = (list: string) =>
        runFunction(
          orderedSetIntersect,
          { order: 'ascending' },
          { input_data1: encode(list, encoding), input_data2: '02\nff\n' },
        );
      for (const end of ['\n', '\r\n']) {
        const marked = await run(['01', '02', 'ff', ''].join(end));
        expect([marked.text, marked.outputs]).toEqual([
          '2 common items',
          { output_result1: '011', output_result2: '11' },
        ]);
      }
      await expect(run('01\r02\r')).rejects.toThrow("Invalid character '\\r' at position 2");
    },
  );

  it('S4: a password is looked up in a list with a byte order mark, and in one of UTF-16', async () => {
    for (const encoding of encodings) {
      for (const list of ['secret\nx\n', 'x\nsecret', 'x\ny']) {
        const inputs = { password: 'secret', exposed_passwords: encode(list, encoding) };
        expect((await runFunction(passwordCheck, {}, inputs)).text).toBe(String(list.includes('secret')));
      }
    }
    const unmarked = { password: 'secret', exposed_passwords: Buffer.from('secret\n', 'utf16le') };
    await expect(runFunction(passwordCheck, {}, unmarked)).rejects.toThrow(
      'Line 1 of exposed_passwords has a NUL character, as UTF-16 without a byte order mark has.',
    );
  });

  it('tell in their logs what became of the lines', async () => {
    const lists = { input_data1: '01\n02\nff\n', input_data2: '02\nff\n' };
    const marked = await runFunction(orderedSetIntersect, { order: 'ascending' }, lists);
    expect(marked.log).toEqual([
      'input_data1: 3 lines, 1 without partner',
      'input_data2: 2 lines, 0 without partner',
    ]);
    const check = async (list: string) =>
      (await runFunction(passwordCheck, {}, { password: 'secret', exposed_passwords: list })).log;
    expect(await check('a\n\nsecret')).toEqual(['exposed_passwords: 3 lines, 2 used, 1 blank']);
    for (const list of ['', ' \n\n']) {
      expect((await check(list)).at(-1)).toBe('Warning: nothing of exposed_passwords could be used.');
    }
  });

  it('a join tells in its log what became of the lines, and in its result where it is asked to', async () => {
    const inputs = { input_data0: 'ann : 1\nbob\n: x\n', input_data1: 'Ann : 1' };
    const counts =
      'input_data0: 3 lines, 1 used, 2 skipped\ninput_data1: 1 line, 1 used\nnames that all lists have: 0\n' +
      'Warning: nothing is common to all, but only some of the inputs have upper case (input_data1). ' +
      'See the argument "normalize" of builtin-join-aggregate.';
    const asBefore = await runFunction(privateJoinAndCompute, { num_user: 2 }, inputs);
    expect(asBefore.text).toBe('2 users join the task in total.');
    expect(asBefore.log.join('\n')).toBe(counts);
    const told = await runFunction(privateJoinAndCompute, { num_user: 2, counts: true }, inputs);
    expect(told.text).toBe(`2 users join the task in total.\n${counts}`);
    expect(told.outputs).toEqual(asBefore.outputs);
    const nothing = await runFunction(
      privateJoinAndCompute,
      { num_user: 2, counts: true },
      { input_data0: 'ann;1\n', input_data1: 'ann : 1' },
    );
    expect(nothing.text).toContain('Warning: nothing of input_data0 could be used.');
  });
});
