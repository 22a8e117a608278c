/** Files of columns are joined by a task that was made on the command line, and the result is such a file. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { gaiwan } from '../../packages/cli/src/testing/run.ts';
import { arrowOf, readArrow } from '../../packages/functions/src/testing/arrow.ts';
import { parquetOf, readParquet } from '../../packages/functions/src/testing/parquet.ts';
import { TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await TestPlatform.start();
});
afterEach(() => platform.stop());

const filesOf = {
  parquet: () => ({
    bank: parquetOf(
      [
        { name: 'id', data: [7, 8, 7, null], type: 'INT32' },
        { name: 'spent', data: ['0.10', '3', '1.25', '9'], type: 'STRING' },
      ],
      { codec: 'ZSTD' },
    ),
    shop: parquetOf([
      { name: 'age', data: [41.5, 33, 8], type: 'DOUBLE' },
      { name: 'id', data: [7, 9, 8], type: 'INT32' },
    ]),
  }),
  arrow: async () => {
    const id = { name: 'id', meaning: { kind: 'integer', bits: 32, signed: true } } as const;
    const spent = { name: 'spent', meaning: { kind: 'decimal', precision: 9, scale: 2 } } as const;
    const age = { name: 'age', meaning: { kind: 'double' } } as const;
    return {
      bank: await arrowOf(
        [id, spent],
        [
          ['7', '0.10'],
          ['8', '3.00'],
          ['7', '1.25'],
          ['', '9.00'],
        ],
      ),
      shop: await arrowOf(
        [age, id],
        [
          ['41.5', '7'],
          ['33', '9'],
          ['8', '8'],
        ],
      ),
    };
  },
};

it.each(['parquet', 'arrow'] as const)('%s in and out, by the command line', async (format) => {
  const home = join(platform.folder, format);
  mkdirSync(home);
  const env = { GAIWAN_HOME: home, GAIWAN_PASSWORD: 'a test password', HOME: home };
  const run = async (command: string) => {
    const ended = await gaiwan([...command.split(' '), '--json'], { env });
    expect(ended.code, ended.stderr).toBe(0);
    return JSON.parse(ended.stdout.toString()) as Record<string, string>;
  };
  const file = (name: string, content: Uint8Array | string) => {
    const path = join(home, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const key = `--key-file ${file('key', randomBytes(32).toString('hex'))}`;
  const upload = async (name: string, content: Uint8Array) =>
    (await run(`data upload --scheme aes-gcm-256 ${key} --in ${file(name, content)}`))['dataId'];
  const where = `--authentication ${platform.authentication} --frontend ${platform.frontend}`;
  await run(`login ${where} --simulation ${platform.machine} --policy ${platform.policy} --user admin`);
  const asked = {
    num_user: 2,
    key: ['id'],
    aggregates: ['sum(0.spent)', 'mean(1.age)'],
    format,
    result_format: format,
  };
  const { functionId } = await run(
    'functions register --name builtin-join-aggregate --parties 2 --optional-argument format --optional-argument result_format',
  );
  const { taskId } = await run(
    `tasks create --function ${functionId} --arguments ${JSON.stringify(asked)} --input input_data0=admin ` +
      '--input input_data1=admin --output output_data0=admin --output output_data1=admin',
  );
  const files = await filesOf[format]();
  const bank = await upload(`bank.${format}`, files.bank);
  const shop = await upload(`shop.${format}`, files.shop);
  const reserve = (name: string) => run(`data output --scheme aes-gcm-256 ${key} --name ${name}`);
  const [first, second] = [await reserve('first'), await reserve('second')];
  await run(
    `tasks assign ${taskId} --input input_data0=${bank} --input input_data1=${shop} ` +
      `--output output_data0=${first['dataId']} --output output_data1=${second['dataId']}`,
  );
  const { digest } = await run(`tasks manifest ${taskId}`);
  await run(`tasks approve ${taskId} --digest ${digest}`);
  await run(`tasks invoke ${taskId}`);
  const result = await gaiwan(['tasks', 'result', taskId ?? ''], { env });
  expect(result.stdout.toString(), result.stderr).toContain(
    [
      '2 rows',
      'input_data0: 4 rows, 3 used, 1 with an empty key',
      'input_data1: 3 rows, 3 used, 1 without partner',
      `input_data0: read as ${format}`,
      `input_data1: read as ${format}`,
    ].join('\n'),
  );
  const back = join(home, `joined.${format}`);
  await run(`data download ${first['dataId']} ${key} --iv ${first['iv']} --out ${back}`);
  const read = format === 'parquet' ? readParquet : readArrow;
  expect(await read(readFileSync(back))).toBe('id,sum(0.spent),mean(1.age)\n7,1.35,41.5\n8,3.00,8\n');
});
