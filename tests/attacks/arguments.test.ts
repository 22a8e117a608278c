/** Numbers in arguments, through a whole platform: what was written is what is approved, shown and computed with. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';

const layers = ['bwrap', 'setpriv', 'prlimit'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const python3 = existsSync('/usr/bin/python3');
const WANTS = 'functions in sandboxes want bubblewrap and util-linux';
const BIG = '1764441457123456789';
const TEXT = `{"big":${BIG},"float":2.0,"large":1e16,"u64":18446744073709551615}`;

let platform: TestPlatform;
let admin: Gaiwan;
beforeAll(async () => {
  const executors = python3 ? ['--executors', 'builtin,wasm,javascript,python,cpython'] : [];
  platform = await TestPlatform.start(layers ? executors : ['--executors', 'builtin']);
  admin = await platform.admin();
});
afterAll(() => platform.stop());

async function create(
  kind: readonly [string, string],
  code: string | Uint8Array,
  args: string,
): Promise<string> {
  const keys = Object.keys(JSON.parse(args) as object);
  const functionId = await admin.functions.register({
    name: kind[0] === 'builtin' ? String(code) : 'f',
    executorType: kind[0],
    public: true,
    payload: Buffer.from(kind[0] === 'builtin' ? '' : code),
    arguments: keys.map((key) => ({ key, allowOverwrite: true })),
  });
  return admin.tasks.create({ functionId, executor: kind[1], arguments: args });
}

async function resultOf(taskId: string): Promise<string> {
  await admin.tasks.invoke(taskId);
  return Buffer.from((await admin.tasks.result(taskId)).returnValue).toString();
}

const javascript = `export const main = (inputs, outputs, { big, float, large, u64 }) =>
  [typeof big, big, typeof float, float, large, u64].map(String).join();`;
const argv = 'def entrypoint(argv):\n    return ",".join(argv)\n';
const modern = 'def main(inputs, outputs, args):\n    return repr(sorted(args.items()))\n';
const flat = `big,${BIG},float,2.0,large,1e16,u64,18446744073709551615`;
const python = `[('big', ${BIG}), ('float', 2.0), ('large', 1e+16), ('u64', 18446744073709551615)]`;
/** `entrypoint(argc, argv)`: the nineteenth character of argv[1], as a digit. */
const lastDigit = Buffer.from(
  `0061736d0100000001070160027f7f017f030201000503010001071702066d656d6f727902000a656e747279706f696e7400000a0f010d00${
    '2001280204' // load(argv + 4)
  }2d0012${'41306b0b'}`, // load8_u(... + 18) - '0'
  'hex',
);

it.for([
  ['javascript', 'javascript', javascript, `bigint,${BIG},number,2,10000000000000000,18446744073709551615`],
  ['python', 'mesapy', argv, flat],
  ['python', 'python', modern, python],
  ['python', 'cpython', modern, python],
  ['wasm', 'wasm', lastDigit, '9'],
  ['wamr', 'wamr', lastDigit, '9'],
] as const)(
  'A13: %s/%s computes with the numbers that were approved',
  async ([type, executor, code, result], { skip }) => {
    skip(!layers, WANTS);
    skip(executor === 'cpython' && !python3, '/usr/bin/python3 is wanted (Debian: python3)');
    const taskId = await create([type, executor], code, TEXT);
    expect((await admin.tasks.get(taskId)).arguments).toBe(TEXT);
    expect((await admin.tasks.manifest(taskId)).manifest.arguments).toBe(TEXT);
    expect(await resultOf(taskId)).toBe(result);
  },
);

it('A13: bigints of a program arrive as integers, and a rounded one is refused before it leaves', async () => {
  const functionId = await admin.functions.register({
    name: 'f',
    executorType: 'javascript',
    arguments: [{ key: 'n', allowOverwrite: true }],
  });
  const task = { functionId, executor: 'javascript' };
  const taskId = await admin.tasks.create({ ...task, arguments: { n: 1764441457123456789n } });
  expect((await admin.tasks.get(taskId)).arguments).toBe(`{"n":${BIG}}`);
  await expect(admin.tasks.create({ ...task, arguments: { n: Number(BIG) } })).rejects.toMatchObject({
    code: 'bad-arguments',
    subjects: ['n'],
  });
});

it.each(['1e400', '18446744073709551616', '-9223372036854775809'])(
  'A13: %s is refused by name',
  async (number) => {
    const functionId = await admin.functions.register({
      name: 'f',
      executorType: 'javascript',
      arguments: [{ key: 'n', allowOverwrite: true }],
    });
    await expect(
      admin.tasks.create({ functionId, executor: 'javascript', arguments: `{"n":[${number}]}` }),
    ).rejects.toMatchObject({ code: 'bad-arguments', subjects: ['n[0]'] });
  },
);

it.each(['2.0', '2e0', BIG, '-1'])('A13: %s is no number of parties', async (number) => {
  const taskId = await create(
    ['builtin', 'builtin'],
    'builtin-private-join-and-compute',
    `{"num_user":${number}}`,
  );
  await expect(resultOf(taskId)).rejects.toMatchObject({ code: 'task-failed' });
  const { outcome } = await admin.tasks.get(taskId);
  expect(outcome).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/deserialize arguments|at most/) as string,
  });
});
