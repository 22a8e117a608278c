/** What goes wrong with a computation that one file describes: each says what happened, and nothing half-done stays. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { builtinFunction } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../packages/cli/src/context.ts';
import { Ring } from '../packages/cli/src/ring/ring.ts';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { gaiwanBin, TestPlatform } from './support/platform.ts';

const NAME = 'builtin-join-aggregate';
const PASSPHRASE = 'the passphrase of this ring';
let platform: TestPlatform;
let functionId: string;
beforeAll(async () => {
  platform = await TestPlatform.start();
  for (const user of ['analyst', 'alder', 'birch']) (await platform.user(user)).close();
  const admin = await platform.admin();
  functionId = await admin.functions.register({
    ...(await builtinFunction(NAME, { parties: 2 })),
    public: true,
  });
  admin.close();
  for (const user of ['analyst', 'alder', 'birch']) await login(user);
  file('alder.csv', 'customer,debt\nC1,1\nC2,2\n');
  file('birch.csv', 'customer,debt\nC2,40\nC3,1\n');
});
afterAll(async () => platform.stop());

const at = (name: string) => join(platform.folder, name);
function file(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

const loginOf = (user: string) => [
  'login',
  '--user',
  user,
  '--authentication',
  platform.authentication,
  '--frontend',
  platform.frontend,
  '--simulation',
  platform.machine,
  '--policy',
  platform.policy,
];
const login = async (user: string, home = user) =>
  expect((await run(user, loginOf(user), { GAIWAN_HOME: at(home) })).code).toBe(0);

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(
  who: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  answer: string | (() => Promise<string>) = 'yes',
): Promise<Ran> {
  const env = {
    GAIWAN_HOME: at(who),
    GAIWAN_PASSWORD: 'a test password',
    GAIWAN_RING_PASSPHRASE: PASSPHRASE,
    ...more,
  };
  const { code, stdout, stderr } = await gaiwanHere(args, { env, answer });
  return { code, out: stdout.toString(), err: stderr };
}
/** One that must succeed. */
async function ok(who: string, ...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(who, args);
  expect(code, `${who}: ${args.join(' ')}\n${err}`).toBe(0);
  return out;
}
const codeOf = ({ err }: Ran) => /\(([a-z-]+)(?:, policy [\w-]+)?\)\n*$/.exec(err)?.[1];

let count = 0;
/** A file of its own for each test: tasks of others are never as it says. */
function describeJoin(change: (text: string) => string = (text) => text): {
  readonly name: string;
  readonly path: string;
} {
  const name = `join-${++count}`;
  const text = `
name = "${name}"
creator = "analyst"
function = "${NAME}"
[parties]
analyst = "analyst"
alder = "alder"
birch = "birch"
[arguments]
num_user = 2
key = ["customer"]
aggregates = ["sum(debt)"]
least_${name.length} = 1
[inputs.input_data0]
from = "alder"
columns = ["customer", "debt"]
[inputs.input_data1]
from = "birch"
columns = ["customer", "debt"]
[outputs.output_data0]
to = "alder"
file = "${name}.csv"
[outputs.output_data1]
to = "birch"
[limits]
seconds = ${60 + count}
`.replace(/^least.*\n/m, '');
  return { name, path: file(`${name}.toml`, change(text)) };
}

const taskIdIn = (text: string) => /task-[0-9a-f-]{36}/.exec(text)?.[0] ?? '';
const cancel = async (...ids: readonly string[]) => {
  for (const id of ids) await ok('analyst', 'tasks', 'cancel', id);
};
const recordPath = (who: string, task: string) => {
  const rings = join(at(who), 'ring');
  const [instance = ''] = readdirSync(rings);
  return join(rings, instance, who, `${task}.json`);
};
const recordOf = (who: string, task: string) =>
  JSON.parse(readFileSync(recordPath(who, task), 'utf8')) as Record<
    'inputs' | 'outputs',
    Record<string, Record<string, unknown>>
  > & { readonly sealed?: unknown };

/** How much of the user's the platform has. */
async function kept(user: string): Promise<{ readonly data: number; readonly unfinished: number }> {
  const client = await platform.connect(user);
  const { unfinishedUploads } = await client.storage.use();
  let data = 0;
  for await (const _ of client.data.listAll()) data++;
  client.close();
  return { data, unfinished: unfinishedUploads };
}

async function created(change?: (text: string) => string) {
  const described = describeJoin(change);
  return { ...described, task: taskIdIn(await ok('analyst', 'tasks', 'create', '--file', described.path)) };
}

async function joined() {
  const made = await created();
  await ok('alder', 'tasks', 'join', made.path, '--input', at('alder.csv'));
  await ok('birch', 'tasks', 'join', made.path, '--input', at('birch.csv'));
  return made;
}

describe('before anything is sent', () => {
  it.each([
    ['an unknown word', (text: string) => `color = "red"\n${text}`, 'unknown key "color"'],
    [
      'an unknown word in a table',
      (text: string) => text.replace('file =', 'flie ='),
      '"outputs", "output_data0": unknown key "flie"',
    ],
    [
      'a party that is none',
      (text: string) => text.replace('from = "birch"', 'from = "brich"'),
      '"inputs", "input_data1": it names "brich" in "from", which is no party',
    ],
    [
      'what is still to be filled in',
      (text: string) => text.replace('birch = "birch"', 'birch = "?"'),
      '"parties": it still has to be told what "birch" is',
    ],
    [
      'a slot that the function lacks',
      (text: string) => text.replaceAll('input_data1', 'input_data7'),
      '[inputs.input_data7] is none of its inputs',
    ],
    [
      'an argument that it lacks',
      (text: string) => text.replace('num_user', 'num_users'),
      '[arguments] has num_users, which it does not take; [arguments] lacks num_user',
    ],
    ['a broken file', (text: string) => text.replace('[arguments]', '[arguments'), 'is no TOML'],
    [
      'another creator',
      (text: string) =>
        text.replace('creator = "analyst"', 'creator = "birch"').replace('analyst = "analyst"', ''),
      'says that birch creates the task, and you are analyst',
    ],
  ])('%s in the file is refused by its place', async (_what, change, message) => {
    const before = await ok('analyst', 'tasks', 'list', '--json');
    const { path } = describeJoin(change);
    const refused = await run('analyst', ['tasks', 'create', '--file', path]);
    expect([refused.code, codeOf(refused)]).toEqual([2, 'usage']);
    expect(refused.err).toContain(message);
    expect(await ok('analyst', 'tasks', 'list', '--json')).toBe(before);
  });

  it('an unknown function is refused with the command that registers it', async () => {
    const { path } = describeJoin((text) =>
      text
        .replace(NAME, 'builtin-private-set-intersect')
        .replace(/\[arguments\][\s\S]*?(?=\[inputs)/, '[arguments]\nnum_user = 2\n'),
    );
    const refused = await run('analyst', ['tasks', 'create', '--file', path]);
    expect([refused.code, codeOf(refused)]).toEqual([2, 'unknown-name']);
    expect(refused.err).toContain(
      'gaiwan functions register --name builtin-private-set-intersect --parties 2 --public',
    );
  });

  it.each([
    ['lacks', 'customer,dept\nC1,1\n', 'it lacks "debt"; it has "dept" beside them'],
    ['has more than was agreed', 'customer,debt,salary\nC1,1,5\n', 'it has "salary" beside them'],
  ])('a file that %s columns is refused', async (_what, text, message) => {
    const { path, task } = await created();
    const before = await kept('alder');
    const refused = await run('alder', ['tasks', 'join', path, '--input', file('other.csv', text)]);
    expect([refused.code, codeOf(refused)]).toEqual([2, 'columns-differ']);
    expect(refused.err).toContain(message);
    expect(await kept('alder')).toEqual(before);
    await cancel(task);
  });

  it('a template is refused until it is filled in, and then taken', async () => {
    const text = await ok(
      'analyst',
      'tasks',
      'template',
      NAME,
      '--party',
      'alder',
      '--creator',
      'analyst',
      '--parties',
      '2',
    );
    const path = file('template.toml', text);
    expect((await run('analyst', ['tasks', 'create', '--file', path])).err).toContain(
      'still has to be told what "party1" is',
    );
    writeFileSync(path, text.replace('party1 = "?"', 'party1 = "birch"'));
    await cancel(taskIdIn(await ok('analyst', 'tasks', 'create', '--file', path)));
  });
});

describe('a name', () => {
  it('of two tasks is refused with both, and their ids are taken', async () => {
    const { name, path, task } = await created();
    const second = taskIdIn(await ok('analyst', 'tasks', 'create', '--file', path));
    for (const given of [name, path]) {
      const refused = await run('analyst', ['tasks', 'show', given]);
      expect([refused.code, codeOf(refused)], refused.err).toEqual([2, 'ambiguous-name']);
      expect(refused.err).toContain(task);
      expect(refused.err).toContain(second);
    }
    expect(codeOf(await run('alder', ['tasks', 'join', path, '--input', at('alder.csv')]))).toBe(
      'ambiguous-name',
    );
    expect(await ok('analyst', 'tasks', 'show', task)).toContain(task);
    await cancel(second);
    const shown = await run('analyst', ['tasks', 'show', name]);
    expect(shown.err).toContain(`${name} is ${task}.`);
    await cancel(task);
  });

  it('of functions and data is taken, and of none refused', async () => {
    expect(await ok('analyst', 'functions', 'usage', NAME)).toContain('used');
    expect((await run('analyst', ['functions', 'usage', 'nothing'])).code).toBe(2);
    const key = at('some.key');
    await ok('alder', 'keygen', '--scheme', 'aes-gcm-256', '--out', key);
    await ok('alder', 'data', 'output', '--scheme', 'aes-gcm-256', '--key-file', key, '--name', 'once.enc');
    expect(await ok('alder', 'data', 'show', 'once.enc')).toMatch(/^output-/);
    await ok('alder', 'data', 'output', '--scheme', 'aes-gcm-256', '--key-file', key, '--name', 'once.enc');
    expect(codeOf(await run('alder', ['data', 'show', 'once.enc']))).toBe('ambiguous-name');
    expect(codeOf(await run('alder', ['tasks', 'show', 'nothing']))).toBe('unknown-name');
  });
});

describe('a review', () => {
  it('is refused where the task is not as its file says', async () => {
    const { path, task } = await created();
    const sum = readFileSync(path, 'utf8').replace('sum(debt)', 'max(debt)');
    writeFileSync(path, sum);
    const refused = await run('alder', ['tasks', 'join', path, '--input', at('alder.csv')]);
    expect([refused.code, codeOf(refused)]).toEqual([6, 'task-differs']);
    expect(refused.err).toContain('its arguments are {"aggregates":["sum(debt)"]');
    await cancel(task);
  });

  it('says where the file does not fix the version of the code, and that a function which fixes arguments has no file', async () => {
    const admin = await platform.admin();
    const payload = Buffer.from('function main() { return "" }');
    const own = { executorType: 'javascript', payload, public: true } as const;
    await admin.functions.register({ ...own, name: 'plain' });
    await admin.functions.register({
      ...own,
      name: 'fixing',
      arguments: [{ key: 'mode', defaultValue: '1' }],
    });
    admin.close();
    const described = (name: string) =>
      file(
        `${name}.toml`,
        `name = "${name}"\ncreator = "analyst"\nfunction = "${name}"\nexecutor = "javascript"\n[parties]\nanalyst = "analyst"\n`,
      );
    const task = taskIdIn(await ok('analyst', 'tasks', 'create', '--file', described('plain')));
    const { err, out } = await run('analyst', ['tasks', 'manifest', described('plain')]);
    expect(out + err).toContain('IT DOES NOT SAY WHICH VERSION OF THE CODE');
    await cancel(task);
    const refused = await run('analyst', ['tasks', 'create', '--file', described('fixing')]);
    expect(refused.err).toContain('it fixes the argument mode');
  });

  it('is refused where limits, readers of the log or runs are others', async () => {
    const { name, task } = await joined();
    await ok('analyst', 'tasks', 'options', task, '--logs', 'creator', '--time-limit', '999');
    const refused = await run('alder', ['tasks', 'approve', name]);
    expect([refused.code, codeOf(refused)]).toEqual([6, 'task-differs']);
    expect(refused.err).toMatch(
      /its limit timeMs is 999000, not \d+; its log is for creator, not for nobody/,
    );
    expect(refused.err).toContain('DIFFERS FROM IT');
    expect(refused.err).not.toContain('Type yes');
    await cancel(task);
  });

  it('is refused where the file was changed after the join, and goes on without it', async () => {
    const { name, path, task } = await joined();
    writeFileSync(path, readFileSync(path, 'utf8').replace('sum(debt)', 'max(debt)'));
    const refused = await run('alder', ['tasks', 'approve', path]);
    expect(['description-changed', 'task-differs']).toContain(codeOf(refused));
    await ok('alder', 'tasks', 'approve', name);
    await cancel(task);
  });

  it('is refused where my slot has data that I did not put there', async () => {
    const { name, task } = await joined();
    const client = await platform.connect();
    client.close();
    // Somebody who has taken over the account puts other data into the slot.
    const key = at('stolen.key');
    await ok('alder', 'keygen', '--scheme', 'aes-gcm-256', '--out', key);
    const other = /input-[0-9a-f-]{36}/.exec(
      await ok(
        'alder',
        'data',
        'upload',
        '--scheme',
        'aes-gcm-256',
        '--key-file',
        key,
        '--in',
        at('birch.csv'),
        '--name',
        'x.enc',
      ),
    )?.[0];
    await ok('alder', 'tasks', 'replace', task, '--input', `input_data0=${other}`);
    const refused = await run('alder', ['tasks', 'approve', name]);
    expect([refused.code, codeOf(refused)]).toEqual([6, 'task-differs']);
    expect(refused.err).toContain(`its input input_data0 is ${other}, not your input-`);
    await cancel(task);
  });

  it('of what is changed before the signature approves nothing', async () => {
    const { name, task } = await joined();
    const key = at('late.key');
    await ok('birch', 'keygen', '--scheme', 'aes-gcm-256', '--out', key);
    const refused = await run('alder', ['tasks', 'approve', name], {}, async () => {
      const other = /input-[0-9a-f-]{36}/.exec(
        await ok(
          'birch',
          'data',
          'upload',
          '--scheme',
          'aes-gcm-256',
          '--key-file',
          key,
          '--in',
          at('alder.csv'),
          '--name',
          'y.enc',
        ),
      )?.[0];
      await ok('birch', 'tasks', 'replace', task, '--input', `input_data1=${other}`);
      return 'yes';
    });
    expect([refused.code, codeOf(refused)]).toEqual([1, 'manifest-changed']);
    expect(await ok('alder', 'tasks', 'show', task)).toMatch(/approved by +-/);
    await cancel(task);
  });

  it('without a terminal wants the digest of what was reviewed', async () => {
    const { name, task } = await joined();
    const nobody = await gaiwanHere(['tasks', 'approve', name], { env: { GAIWAN_HOME: at('alder') } });
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('give --yes DIGEST')]);
    const digest = /digest +([0-9a-f]{64})/.exec(await ok('alder', 'tasks', 'manifest', name))?.[1] ?? '';
    expect((await run('alder', ['tasks', 'approve', name, '--yes', '00'.repeat(32)])).code).toBe(1);
    await ok('alder', 'tasks', 'approve', name, '--yes', digest);
    expect((await run('alder', ['tasks', 'approve', name], {}, 'no')).code).toBe(1);
    await cancel(task);
  });
});

describe('a join that was interrupted', () => {
  /** As if the answer to a step had not come: the ring does not know of it, the platform does. */
  function forget(task: string, kind: 'inputs' | 'outputs', ...members: readonly string[]): void {
    const record = recordOf('alder', task);
    for (const slot of Object.values(record[kind])) for (const member of members) delete slot[member];
    writeFileSync(recordPath('alder', task), JSON.stringify(record));
  }

  it.each([
    ['registration of its input', 'inputs', ['dataId', 'commitment']],
    ['registration of its output', 'outputs', ['dataId', 'commitment']],
  ] as const)('after the %s goes on with what is there', async (_what, kind, members) => {
    const { name, path, task } = await created();
    await ok('alder', 'tasks', 'join', path, '--input', at('alder.csv'));
    const before = await kept('alder');
    const { [kind]: slots } = recordOf('alder', task);
    forget(task, kind, ...members);
    await ok('alder', 'tasks', 'join', name, '--input', at('alder.csv'));
    expect(await kept('alder')).toEqual(before);
    expect(recordOf('alder', task)[kind]).toEqual(slots);
    await cancel(task);
  });

  it('before its file was encrypted uses no key of then: a copy of the ring may have used it for another file', async () => {
    const { path, task } = await created();
    // As it is when the process ends between the two.
    const owner = { instance: platform.instance, user: 'alder' };
    const quiet = { write: () => undefined };
    const context = {
      env: {
        GAIWAN_HOME: at('alder'),
        GAIWAN_PASSWORD: 'a test password',
        GAIWAN_RING_PASSPHRASE: PASSPHRASE,
      },
      process: { stdout: quiet, stderr: quiet },
    };
    const key = { key: '11'.repeat(32), iv: '22'.repeat(12) };
    const { sealed } = await new Ring(context as unknown as Context, owner).keep(
      {
        ...owner,
        task,
        inputs: { input_data0: { name: `${task}-inputs-0.enc` } },
        outputs: { output_data0: { name: `${task}-outputs-0.enc` } },
      },
      { inputs: { input_data0: key }, outputs: { output_data0: key } },
    );
    expect(sealed).toBeTypeOf('string');
    await ok('alder', 'tasks', 'join', path, '--input', at('alder.csv'));
    expect(recordOf('alder', task).sealed).not.toBe(sealed);
    await cancel(task);
  });

  it('by a kill in the middle of the upload goes on, and registers once', async () => {
    const { path, name, task } = await created();
    const big = file('big.csv', `customer,debt\n${'C1,1\n'.repeat(3 << 20)}`);
    const before = await kept('alder');
    const child = startJoin(path, big);
    await expect
      .poll(
        () => existsSync(recordPath('alder', task)) && recordOf('alder', task).inputs['input_data0']?.['url'],
      )
      .toBeTruthy();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const { url } = recordOf('alder', task).inputs['input_data0'] ?? {};
    await ok('alder', 'tasks', 'join', name, '--input', big);
    expect(recordOf('alder', task).inputs['input_data0']?.['url']).toBe(url);
    expect(await kept('alder')).toEqual({ data: before.data + 2, unfinished: before.unfinished });
    await cancel(task);
  });

  it('and whose file has changed is refused, and can be taken back and begun anew', async () => {
    const { path, task } = await created();
    const before = await kept('alder');
    const mine = file('mine.csv', 'customer,debt\nC1,1\n');
    const other = file('other-content.csv', 'customer,debt\n');
    const child = startJoin(path, mine);
    await expect
      .poll(
        () => existsSync(recordPath('alder', task)) && recordOf('alder', task).inputs['input_data0']?.['tag'],
      )
      .toBeTruthy();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const refused = await run('alder', ['tasks', 'join', task, '--input', other]);
    expect([refused.code, codeOf(refused)]).toEqual([1, 'file-changed']);
    expect(refused.err).toContain('take it back with --discard');
    const { url } = recordOf('alder', task).inputs['input_data0'] ?? {};
    await ok('alder', 'tasks', 'join', task, '--discard');
    const after = await kept('alder');
    expect(after.data).toBe(before.data);
    // Of an upload whose URL was on its way when the process ended, nobody knows: the platform forgets it after a day.
    expect(after.unfinished).toBeLessThanOrEqual(before.unfinished + (url === undefined ? 1 : 0));
    await ok('alder', 'tasks', 'join', path, '--input', other);
    expect((await kept('alder')).data).toBe(before.data + 2);
    await cancel(task);
  });

  function startJoin(path: string, input: string): ChildProcess {
    return spawn(process.execPath, [gaiwanBin, 'tasks', 'join', path, '--input', input], {
      env: {
        PATH: process.env.PATH ?? '',
        GAIWAN_HOME: at('alder'),
        GAIWAN_RING_PASSPHRASE: PASSPHRASE,
      },
      stdio: 'ignore',
    });
  }
});

describe('a key ring', () => {
  let finished: { readonly name: string; readonly task: string };
  beforeAll(async () => {
    finished = await joined();
    for (const bank of ['alder', 'birch']) await ok(bank, 'tasks', 'approve', finished.name);
    expect(await ok('analyst', 'tasks', 'run', finished.name)).toContain('1 row');
  });

  const fetch = (out: string, more: Readonly<Record<string, string>> = {}) =>
    run('alder', ['tasks', 'fetch', finished.task, '-o', at(out)], more);

  it('gives nothing away on the disk', () => {
    const path = recordPath('alder', finished.task);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(readFileSync(path, 'utf8')).not.toMatch(/"(key|iv)"/);
  });

  it('keeps the keys of a task that has ended: its results need them', async () => {
    const before = await kept('alder');
    const refused = await run('alder', ['tasks', 'join', finished.task, '--discard']);
    expect([refused.code, codeOf(refused)]).toEqual([1, 'refused']);
    expect(refused.err).toContain(`${finished.task} is finished`);
    expect(await kept('alder')).toEqual(before);
    expect((await fetch('after-a-discard')).code).toBe(0);
  });

  it('fetches over what is there with --force, unless a folder is in the way, and says what it wrote', async () => {
    expect((await fetch('forced')).code).toBe(0);
    writeFileSync(at(`forced/${finished.name}.csv`), 'mine');
    rmSync(at('forced/result.txt'));
    mkdirSync(at('forced/result.txt'));
    const refused = await run('alder', ['tasks', 'fetch', finished.task, '-o', at('forced'), '--force']);
    expect(refused.err).toContain('Nothing was written');
    expect(readFileSync(at(`forced/${finished.name}.csv`), 'utf8')).toBe('mine');
  });

  it('fetches all, once, and does not write over it', async () => {
    expect((await fetch('results')).code).toBe(0);
    expect(readFileSync(at(`results/${finished.name}.csv`), 'utf8')).toBe('customer,sum(debt)\nC2,42\n');
    const again = await fetch('results');
    expect([again.code, codeOf(again)]).toEqual([5, 'io']);
    expect(readdirSync(at('results')).sort()).toEqual([`${finished.name}.csv`, 'result.txt']);
    rmSync(at(`results/${finished.name}.csv`));
    expect(codeOf(await fetch('results'))).toBe('io');
    expect(readdirSync(at('results'))).toEqual(['result.txt']);
    expect((await run('alder', ['tasks', 'fetch', finished.task, '-o', at('results'), '--force'])).code).toBe(
      0,
    );
  });

  it('that is locked says so, and gives nothing out', async () => {
    const wrong = await fetch('locked', { GAIWAN_RING_PASSPHRASE: 'not the passphrase' });
    expect([wrong.code, codeOf(wrong)]).toEqual([1, 'ring-locked']);
    const none = await fetch('locked', { GAIWAN_RING_PASSPHRASE: '' });
    expect([none.code, codeOf(none)]).toEqual([1, 'ring-locked']);
    expect(existsSync(at('locked'))).toBe(false);
  });

  it('that is not on this machine can be taken up from a copy', async () => {
    const [copy, home] = [at('alder.ring'), at('laptop')];
    await ok('alder', 'ring', 'export', copy);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(codeOf(await run('alder', ['ring', 'export', copy]))).toBe('io');
    mkdirSync(home);
    for (const name of ['session.json', 'keys'])
      cpSync(join(at('alder'), name), join(home, name), { recursive: true });
    const lost = await fetch('elsewhere', { GAIWAN_HOME: home });
    expect([lost.code, codeOf(lost)]).toEqual([1, 'ring-lost']);
    expect((await run('alder', ['ring', 'import', copy], { GAIWAN_HOME: home })).code).toBe(0);
    expect((await fetch('elsewhere', { GAIWAN_HOME: home })).code).toBe(0);
    const foreign = await run('birch', ['ring', 'import', copy]);
    expect([foreign.code, codeOf(foreign)]).toEqual([1, 'ring-foreign']);
    truncateSync(copy, 500);
    const cut = await run('alder', ['ring', 'import', copy]);
    expect([cut.code, codeOf(cut)]).toEqual([6, 'ring-damaged']);
  });

  it('of another instance is told apart', async () => {
    const home = at('moved');
    cpSync(at('alder'), home, { recursive: true });
    const rings = join(home, 'ring');
    const [instance = ''] = readdirSync(rings);
    cpSync(join(rings, instance), join(rings, 'ab'.repeat(32)), { recursive: true });
    rmSync(join(rings, instance, 'alder', `${finished.task}.json`));
    const foreign = await fetch('moved-results', { GAIWAN_HOME: home });
    expect([foreign.code, codeOf(foreign)]).toEqual([1, 'ring-foreign']);
    // A record that was put into this instance's folder is not of it.
    const record = JSON.parse(readFileSync(recordPath('alder', finished.task), 'utf8')) as object;
    writeFileSync(
      join(rings, instance, 'alder', `${finished.task}.json`),
      JSON.stringify({ ...record, instance: 'ab'.repeat(32) }),
    );
    expect(codeOf(await fetch('moved-results', { GAIWAN_HOME: home }))).toBe('ring-foreign');
  });

  it('that was tampered with opens nothing', async () => {
    const home = at('tampered');
    cpSync(at('alder'), home, { recursive: true });
    const path = recordPath('alder', finished.task).replace(at('alder'), home);
    const record = JSON.parse(readFileSync(path, 'utf8')) as { sealed: string };
    const bytes = Buffer.from(record.sealed, 'base64');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(path, JSON.stringify({ ...record, sealed: bytes.toString('base64') }));
    const refused = await fetch('tampered-results', { GAIWAN_HOME: home });
    expect([refused.code, codeOf(refused)]).toEqual([6, 'ring-damaged']);
  });

  it('gets another passphrase', async () => {
    const home = at('changed');
    cpSync(at('alder'), home, { recursive: true });
    const more = { GAIWAN_HOME: home, GAIWAN_NEW_RING_PASSPHRASE: 'quite another one' };
    expect((await run('alder', ['ring', 'passphrase'], more)).code).toBe(0);
    expect(codeOf(await fetch('changed-results', { GAIWAN_HOME: home }))).toBe('ring-locked');
    expect(
      (await fetch('changed-results', { GAIWAN_HOME: home, GAIWAN_RING_PASSPHRASE: 'quite another one' }))
        .code,
    ).toBe(0);
  });
});

it('a function of that name is found by both', () => expect(functionId).toMatch(/^function-/));
