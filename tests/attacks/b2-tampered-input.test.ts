/** B2: whoever can write the disk damages a party's input. The task must fail and say so, never run without it. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Gaiwan, GaiwanError } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobFile, cutInHalf, flipBit, remove, swap } from '../support/damage.ts';
import { TestPlatform } from '../support/platform.ts';
import { approve, freshKey } from '../support/three-banks.ts';

const layers = ['bwrap', 'setpriv', 'prlimit'].every((tool) => spawnSync(tool, ['--version']).status === 0);
if (!layers) console.warn('SKIPPED: functions in sandboxes want bubblewrap and util-linux.');

const JAVASCRIPT = {
  pair: ['javascript', 'javascript'],
  code: `export function main(inputs) {
    let seen = [];
    for (const name of ['a', 'b']) try { seen.push(inputs[name].text()); } catch {}
    return seen.join('+');
  }`,
} as const;
/** As the contract's optional files: what cannot be opened is passed over. */
const TEACLAVE = {
  pair: ['python', 'mesapy'],
  code: `def entrypoint(argv):
    seen = []
    for name in ("a", "b"):
        try:
            with teaclave_open(name, "rb") as file:
                seen.append(file.read())
        except:
            pass
    return "+".join(seen)
`,
} as const;

interface Upload {
  readonly dataId: string;
  readonly url: string;
}

describe.skipIf(!layers)('an input whose file on the disk', () => {
  let platform: TestPlatform;
  let owners: readonly [Gaiwan, Gaiwan];
  let vendor: Gaiwan;
  beforeAll(async () => {
    platform = await TestPlatform.start();
    owners = [await platform.user('anna'), await platform.user('ben')];
    vendor = await platform.user('vendor', 'FunctionOwner', '');
  });
  afterAll(() => platform.stop());

  async function upload(index: 0 | 1): Promise<Upload> {
    const path = join(platform.folder, `of-${index}`);
    writeFileSync(path, ['ten', 'thirty-two'][index] ?? '');
    const key = freshKey('teaclave-file-128');
    // The same name: what is stored under another does not open, whoever wrote it.
    return owners[index].data.encryptAndUpload({ path, name: 'list.enc', key });
  }

  /** Approved by both owners; the files are damaged before it is invoked. */
  async function stage(
    { pair: [executorType, executor], code }: typeof JAVASCRIPT | typeof TEACLAVE,
    damage: (files: readonly [string, string]) => void,
    optional: boolean,
  ) {
    const functionId = await vendor.functions.register({
      name: `f-${randomBytes(4).toString('hex')}`,
      executorType,
      public: true,
      payload: Buffer.from(code),
      inputs: [
        { name: 'a', optional },
        { name: 'b', optional },
      ],
    });
    const [anna, ben] = owners;
    const taskId = await anna.tasks.create({ functionId, executor, inputs: { a: ['anna'], b: ['ben'] } });
    const [a, b] = [await upload(0), await upload(1)];
    await anna.tasks.assign(taskId, { inputs: { a: a.dataId } });
    await ben.tasks.assign(taskId, { inputs: { b: b.dataId } });
    for (const owner of owners) await approve(owner, taskId);
    damage([blobFile(platform.folder, a.url), blobFile(platform.folder, b.url)]);
    await anna.tasks.invoke(taskId);
    return { taskId, a, b };
  }

  const damages: readonly [string, (files: readonly [string, string]) => void, RegExp][] = [
    ['has one bit flipped', ([, b]) => flipBit(b, 100), /does not authenticate|changed|corrupt|decrypt/i],
    ['is exchanged for another owner’s', ([a, b]) => swap(a, b), /./],
    ['is cut in half', ([, b]) => cutInHalf(b), /not whole/],
    ['is gone', ([, b]) => remove(b), /not whole|gone/],
  ];
  const kinds = [
    ['JavaScript', JAVASCRIPT, false],
    ['JavaScript, in an optional slot', JAVASCRIPT, true],
    ['Teaclave’s entry', TEACLAVE, false],
  ] as const;
  const cases = kinds.flatMap(([kind, fn, optional]) =>
    damages.map(([what, damage, why]) => [what, kind, { fn, optional, damage, why }] as const),
  );

  it.each(cases)('%s fails the task, and names itself (%s)', async (what, _kind, its) => {
    const { taskId, a, b } = await stage(its.fn, its.damage, its.optional);
    const failed: unknown = await owners[0].tasks.result(taskId).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(GaiwanError);
    const { message } = failed as GaiwanError;
    const [slot, { dataId }, owner] = what.includes('exchanged') ? ['a', a, 'anna'] : ['b', b, 'ben'];
    for (const part of [`input "${slot}"`, dataId, owner]) expect(message).toContain(part);
    expect(message).toMatch(its.why);
    for (const client of owners) {
      const { inputFaults } = await client.tasks.report(taskId);
      expect(inputFaults).toMatchObject([{ slot, dataId, owners: [owner], leftOut: false }]);
      expect(message).toContain(inputFaults[0]?.reason);
    }
  });

  it('is damaged, in an optional slot of a function with Teaclave’s entry, is left out by name', async () => {
    const { taskId, b } = await stage(TEACLAVE, ([, file]) => flipBit(file, 100), true);
    const { returnValue } = await owners[0].tasks.result(taskId);
    expect(Buffer.from(returnValue).toString()).toBe('ten');
    for (const client of owners) {
      const { inputFaults } = await client.tasks.report(taskId);
      expect(inputFaults).toMatchObject([{ slot: 'b', dataId: b.dataId, owners: ['ben'], leftOut: true }]);
      expect(inputFaults[0]?.reason).not.toBe('');
    }
    const admin = await platform.admin();
    const lines = await admin.auditLogs('input_fault user:ben', 10);
    expect(lines.filter(({ message }) => message.includes(b.dataId))).toHaveLength(1);
  });

  it.each([JAVASCRIPT, TEACLAVE])('is whole is read ($pair)', async (fn) => {
    const { taskId } = await stage(fn, () => undefined, true);
    const { returnValue } = await owners[0].tasks.result(taskId);
    expect(Buffer.from(returnValue).toString()).toBe('ten+thirty-two');
    expect((await owners[1].tasks.report(taskId)).inputFaults).toEqual([]);
  });
});
