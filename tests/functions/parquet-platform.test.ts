/** Two Parquet files are joined by a task that was made on the command line, and the result is a Parquet file. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gaiwan } from '../../packages/cli/src/testing/run.ts';
import { parquetOf, readParquet } from '../../packages/functions/src/testing/parquet.ts';
import { TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(() => platform.stop());

it('Parquet in, Parquet out, by the command line', async () => {
  const home = join(platform.folder, 'home');
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
    format: 'parquet',
    result_format: 'parquet',
  };
  const { functionId } = await run(
    'functions register --name builtin-join-aggregate --parties 2 --optional-argument format --optional-argument result_format',
  );
  const { taskId } = await run(
    `tasks create --function ${functionId} --arguments ${JSON.stringify(asked)} --input input_data0=admin ` +
      '--input input_data1=admin --output output_data0=admin --output output_data1=admin',
  );
  const bank = await upload(
    'bank.parquet',
    parquetOf(
      [
        { name: 'id', data: [7, 8, 7, null], type: 'INT32' },
        { name: 'spent', data: ['0.10', '3', '1.25', '9'], type: 'STRING' },
      ],
      { codec: 'ZSTD' },
    ),
  );
  const shop = await upload(
    'shop.parquet',
    parquetOf([
      { name: 'age', data: [41.5, 33, 8], type: 'DOUBLE' },
      { name: 'id', data: [7, 9, 8], type: 'INT32' },
    ]),
  );
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
  expect(result.stdout.toString()).toContain(
    [
      '2 rows',
      'input_data0: 4 rows, 3 used, 1 with an empty key',
      'input_data1: 3 rows, 3 used, 1 without partner',
      'input_data0: read as parquet',
      'input_data1: read as parquet',
    ].join('\n'),
  );
  const back = join(home, 'joined.parquet');
  await run(`data download ${first['dataId']} ${key} --iv ${first['iv']} --out ${back}`);
  expect(await readParquet(readFileSync(back))).toBe('id,sum(0.spent),mean(1.age)\n7,1.35,41.5\n8,3.00,8\n');
});
