/** A key ring that is damaged, used by two commands at once, or whose files change under it; and what takes another file's place. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { builtinFunction } from '@gaiwan/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../packages/cli/src/context.ts';
import { Ring } from '../packages/cli/src/ring/ring.ts';
import { asUser } from '../packages/cli/src/session.ts';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { TestPlatform } from './support/platform.ts';

let platform: TestPlatform;
const people = ['analyst', 'alder', 'birch'] as const;
type Person = (typeof people)[number];
beforeAll(async () => {
  platform = await TestPlatform.start();
  for (const user of people) (await platform.user(user)).close();
  const admin = await platform.admin();
  const set = await builtinFunction('builtin-private-set-intersect', { parties: 2 });
  await admin.functions.register({ ...set, public: true });
  admin.close();
  const trust = ['--simulation', platform.machine, '--policy', platform.policy];
  const where = ['--authentication', platform.authentication, '--frontend', platform.frontend];
  for (const user of people) await ok(user, 'login', '--user', user, ...where, ...trust);
  file('alder.csv', 'ann\nbob\n');
  file('birch.csv', 'bob\ncid\n');
});
afterAll(async () => platform.stop());

const at = (name: string) => join(platform.folder, name);
function file(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}
const env = (home: string) => ({
  GAIWAN_HOME: at(home),
  GAIWAN_PASSWORD: 'a test password',
  GAIWAN_RING_PASSPHRASE: 'the passphrase of this ring',
});
async function run(home: string, args: readonly string[]) {
  const { code, stdout, stderr } = await gaiwanHere(args, { env: env(home), answer: 'yes' });
  return { code, out: stdout.toString(), err: stderr, reason: /\(([a-z-]+)\)\n*$/.exec(stderr)?.[1] };
}
async function ok(home: string, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(home, args);
  expect(code, `${home}: ${args.join(' ')}\n${err}`).toBe(0);
  return out + err;
}

let count = 0;
let task = '';
/** A task that only this test knows. */
async function create(): Promise<string> {
  const name = `set-${++count}`;
  const path = file(
    `${name}.toml`,
    `name = "${name}"
creator = "analyst"
function = "builtin-private-set-intersect"
[parties]
analyst = "analyst"
alder = "alder"
birch = "birch"
[arguments]
num_user = 2
[inputs.input_data0]
from = "alder"
[inputs.input_data1]
from = "birch"
[outputs.output_data0]
to = "alder"
[outputs.output_data1]
to = "birch"
[limits]
seconds = ${60 + count}
`,
  );
  return /task-[0-9a-f-]{36}/.exec(await ok('analyst', 'tasks', 'create', '--file', path))?.[0] ?? '';
}
beforeEach(async () => {
  task = await create();
});

const ringFolder = (home: string) => {
  const rings = join(at(home), 'ring');
  return join(rings, readdirSync(rings)[0] ?? '', 'alder');
};
const recordPath = (home: string, id = task) => join(ringFolder(home), `${id}.json`);
const recordOf = (home: string) =>
  JSON.parse(readFileSync(recordPath(home), 'utf8')) as Record<
    'inputs' | 'outputs',
    Record<string, Record<string, unknown>>
  >;

async function kept(user: Person) {
  const client = await platform.connect(user);
  const { unfinishedUploads, bytes } = await client.storage.use();
  let data = 0;
  for await (const _ of client.data.listAll()) data++;
  client.close();
  return { data, unfinishedUploads, bytes };
}
const joinBy = (home: string, path = at('alder.csv'), ...more: readonly string[]) =>
  run(home, ['tasks', 'join', task, '--input', path, ...more]);

describe('a key ring', () => {
  it('with a damaged file lists and exports the others, and says which is missing', async () => {
    expect((await joinBy('alder')).code).toBe(0);
    const other = task;
    task = await create();
    expect((await joinBy('alder')).code).toBe(0);
    await ok('alder', 'ring', 'export', at('whole.ring'));
    cpSync(at('alder'), at('hurt'), { recursive: true });
    truncateSync(recordPath('hurt'), 40);
    const listed = await run('hurt', ['ring', 'list']);
    expect(listed.code, listed.err).toBe(0);
    expect(listed.out).toContain(other);
    expect(listed.err).toContain('1 files of the key ring cannot be used');
    expect(listed.err).toContain(task);
    const exported = await run('hurt', ['ring', 'export', at('part.ring')]);
    expect(exported.code).toBe(6);
    expect(exported.out).toMatch(/\d+ tasks; 1 that cannot be read are not in it/);
    // A copy mends it, header and all.
    truncateSync(join(ringFolder('hurt'), 'ring.json'), 20);
    expect(await ok('hurt', 'ring', 'import', at('whole.ring'))).toContain(
      '1 were damaged here, and are mended',
    );
    expect(recordOf('hurt')).toEqual(recordOf('alder'));
    expect(readdirSync(ringFolder('hurt'))).toContain(`${task}.json.damaged`);
    expect(await ok('hurt', 'tasks', 'join', task, '--input', at('alder.csv'))).toContain('Joined');
  });

  it('takes up a copy from before its passphrase was changed, and no other ring', async () => {
    expect((await joinBy('alder')).code).toBe(0);
    await ok('alder', 'ring', 'export', at('before.ring'));
    cpSync(at('alder'), at('later'), { recursive: true });
    const changed = { ...env('later'), GAIWAN_NEW_RING_PASSPHRASE: 'quite another one' };
    expect((await gaiwanHere(['ring', 'passphrase'], { env: changed })).code).toBe(0);
    truncateSync(recordPath('later'), 40);
    const now = { ...env('later'), GAIWAN_RING_PASSPHRASE: 'quite another one' };
    const { code, stdout } = await gaiwanHere(['ring', 'import', at('before.ring')], { env: now });
    expect([code, stdout.toString()]).toEqual([0, expect.stringContaining('1 were damaged here')]);
    // A ring of the same person that was made elsewhere.
    for (const what of ['session.json', 'keys'])
      cpSync(join(at('alder'), what), join(at('twin'), what), { recursive: true });
    task = await create();
    expect((await joinBy('twin')).code).toBe(0);
    const foreign = await run('twin', ['ring', 'import', at('before.ring')]);
    expect([foreign.code, foreign.reason]).toEqual([2, 'usage']);
  });

  it('is made once by two first joins at once, and keys of one task are made by one of them', async () => {
    for (const what of ['session.json', 'keys'])
      cpSync(join(at('alder'), what), join(at('fresh'), what), { recursive: true });
    const second = task;
    task = await create();
    const args = (id: string) => ['tasks', 'join', id, '--input', at('alder.csv')];
    const options = { env: env('fresh') };
    // Of different tasks: both succeed. Of the same: one of them, or one after the other.
    const [one, other, again] = await Promise.all([
      gaiwan(args(task), options),
      gaiwan(args(second), options),
      gaiwan(args(task), options),
    ]);
    expect(other.code, other.stderr).toBe(0);
    const codes = [one, again].map(({ code, stderr }) =>
      code === 0 ? 'ok' : /\(([a-z-]+)\)/.exec(stderr)?.[1],
    );
    expect(codes).toContain('ok');
    for (const code of codes) expect(['ok', 'ring-busy']).toContain(code);
    for (const id of [task, second]) await ok('fresh', ...args(id));
  });
});

it('an input that becomes another one after its columns were looked at is not sent', async () => {
  const path = file('moving.csv', 'ann\n');
  const pipe = at('passphrase');
  execFileSync('mkfifo', [pipe]);
  const before = await kept('alder');
  const asking = gaiwan(['tasks', 'join', task, '--input', path], {
    env: { ...env('alder'), GAIWAN_RING_PASSPHRASE: '', GAIWAN_RING_PASSPHRASE_FILE: pipe },
  });
  // It opens when the command reads the passphrase, which is after it has looked at the file.
  const passphrase = await open(pipe, 'w');
  appendFileSync(path, 'eve\n');
  await passphrase.write('the passphrase of this ring');
  await passphrase.close();
  const { code, stderr } = await asking;
  expect([code, stderr]).toEqual([1, expect.stringContaining('was changed while it was encrypted')]);
  expect(await kept('alder')).toEqual(before);
});

describe('a join', () => {
  it('whose registrations are lost is taken back whole: an upload that is complete, and the place of an output', async () => {
    const before = await kept('alder');
    const quiet = { write: () => undefined };
    const context = { env: env('alder'), process: { stdout: quiet, stderr: quiet } } as unknown as Context;
    const { url, place } = await asUser(context, async ({ data }) => ({
      ...(await data.upload(file('sent.enc', 'all of it has arrived'), { name: 'sent.enc' })),
      place: await data.reserveOutput('place.enc'),
    }));
    expect(await kept('alder')).not.toEqual(before);
    const ring = new Ring(context, { instance: platform.instance, user: 'alder' });
    const key = { key: '11'.repeat(32), iv: '22'.repeat(12) };
    const known = { instance: platform.instance, user: 'alder', task };
    const inputs = { input_data0: { name: 'sent.enc', tag: '33'.repeat(16), url } };
    const outputs = { output_data0: { name: 'place.enc', url: place } };
    const keys = { inputs: { input_data0: key }, outputs: { output_data0: key } };
    await ring.keep({ ...known, inputs, outputs }, keys);
    const said = await ok('alder', 'tasks', 'join', task, '--discard');
    expect(said).toContain('it is forgotten after a day, unless all of it has arrived');
    expect(said).toContain(`${place} (output_data0, reserved)`);
    expect(await kept('alder')).toEqual(before);
  });

  it('with another file is refused, and taken with --replace: approvals are void, and what was handed in before is gone', async () => {
    const before = await kept('alder');
    expect((await joinBy('alder')).code).toBe(0);
    await ok('birch', 'tasks', 'join', task, '--input', at('birch.csv'));
    for (const bank of ['alder', 'birch']) await ok(bank, 'tasks', 'approve', task);
    const { dataId: old } = recordOf('alder').inputs['input_data0'] ?? {};
    const next = file('corrected.csv', 'ann\ncid\n');
    const refused = await joinBy('alder', next);
    expect([refused.code, refused.reason]).toEqual([1, 'file-changed']);
    const replaced = await ok('alder', 'tasks', 'join', task, '--input', next, '--replace');
    expect(replaced).toContain('Replaced input_data0; what was there before is deleted.');
    expect(replaced).toContain('The approvals of alder, birch are void: all approve again.');
    expect(await kept('alder')).toMatchObject({ data: before.data + 2 });
    expect((await run('alder', ['data', 'show', String(old)])).code).not.toBe(0);
    const { dataId } = recordOf('alder').inputs['input_data0'] ?? {};
    expect(dataId).not.toBe(old);
    // Said again, there is nothing to do.
    expect(await ok('alder', 'tasks', 'join', task, '--input', next, '--replace')).not.toContain('Replaced');
    for (const bank of ['alder', 'birch']) await ok(bank, 'tasks', 'approve', task);
    expect(await ok('analyst', 'tasks', 'run', task)).toContain('1 common items');
    await ok('alder', 'tasks', 'fetch', task, '-o', at(`out-${count}`));
    const late = await joinBy('alder', at('alder.csv'), '--replace');
    expect([late.code, late.reason]).toEqual([1, 'refused']);
    expect(existsSync(recordPath('alder'))).toBe(true);
  });

  it('that was interrupted in a replacement goes on, and leaves nothing behind', async () => {
    const before = await kept('alder');
    expect((await joinBy('alder')).code).toBe(0);
    const next = file('corrected-2.csv', 'dan\n');
    // As it is when the process ends after the new data were registered: the task has the old ones.
    const first = recordOf('alder').inputs['input_data0']?.['dataId'];
    await ok('alder', 'tasks', 'join', task, '--input', next, '--replace');
    const record = recordOf('alder');
    const slot = record.inputs['input_data0'] ?? {};
    writeFileSync(
      recordPath('alder'),
      JSON.stringify({ ...record, inputs: { input_data0: { ...slot, former: first } } }),
    );
    await ok('alder', 'tasks', 'join', task, '--input', next);
    expect(recordOf('alder').inputs['input_data0']).not.toHaveProperty('former');
    expect((await kept('alder')).data).toBe(before.data + 2);
    await ok('analyst', 'tasks', 'cancel', task);
    await ok('alder', 'tasks', 'join', task, '--discard');
    expect((await kept('alder')).data).toBe(before.data);
  });
});
