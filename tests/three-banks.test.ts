import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { encryptFile } from '@gaiwan/files/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPlatform } from './support/platform.ts';
import {
  approve,
  approveAll,
  arrive,
  freshKey,
  joinFunction,
  listOf,
  names,
  type Parties,
  stage,
} from './support/three-banks.ts';

let platform: TestPlatform;
let everybody: Parties;
/** A server of a bank, and what it answers with. */
let body = Buffer.alloc(0);
const server = createServer((_request, response) => response.end(body));
let origin: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  platform = await TestPlatform.start(['--allow-url', origin]);
  everybody = await arrive(platform);
});
afterAll(async () => {
  server.close();
  await platform.stop();
});

/** The join again, another way: sort all rows by name and look for runs of three. */
function independentJoin(): string[] {
  const rows = names.flatMap((bank) =>
    listOf(bank)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' : ') as [string, string]),
  );
  rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const out: string[] = [];
  for (let i = 0; i + 2 < rows.length; i++) {
    const run = rows.slice(i, i + 3);
    if (run.every(([name]) => name === rows[i]?.[0])) {
      out.push(`${rows[i]?.[0]}, ${run.reduce((sum, [, amount]) => sum + Number(amount), 0)}`);
      i += 2;
    }
  }
  return out;
}

describe('three banks', () => {
  it('get the totals of their common customers, each under its own key', async () => {
    const scenario = await stage(everybody);
    await approveAll(scenario);
    await scenario.analyst.tasks.invoke(scenario.taskId);
    const result = await scenario.analyst.tasks.result(scenario.taskId);
    expect(Buffer.from(result.returnValue).toString()).toBe('3 users join the task in total.');

    const expected = independentJoin();
    expect(expected.length).toBeGreaterThan(500);
    for (const [index, bank] of scenario.banks.entries()) {
      const path = join(bank.folder, 'joined.txt');
      const got = await bank.client.data.download(bank.outputId, path, bank.outputKey);
      expect(Buffer.from(got.tag).equals(Buffer.from(result.tags[`output_data${index}`] as Uint8Array))).toBe(
        true,
      );
      expect(readFileSync(path, 'utf8').trimEnd().split('\n').sort()).toEqual(expected.sort());
    }
    // Nobody gets at what is another's.
    const [alder, birch] = scenario.banks;
    await expect(
      birch?.client.data.download(
        alder?.inputId ?? '',
        join(birch.folder, 'stolen'),
        alder?.outputKey as never,
      ),
    ).rejects.toMatchObject({ grpc: 7 });
    const admin = await platform.admin();
    await expect(admin.tasks.get(scenario.taskId)).rejects.toMatchObject({ grpc: 7 });
  });

  it('are refused while one withholds its approval, and told who is missing', async () => {
    const scenario = await stage(everybody);
    for (const bank of scenario.banks.slice(0, 2)) await approve(bank.client, scenario.taskId);
    await approve(scenario.analyst, scenario.taskId);
    await expect(scenario.analyst.tasks.invoke(scenario.taskId)).rejects.toMatchObject({
      code: 'approvals-missing',
      subjects: ['bank-cedar'],
    });
    await approve(scenario.banks[2]?.client as never, scenario.taskId);
    await scenario.analyst.tasks.invoke(scenario.taskId);
    await scenario.analyst.tasks.result(scenario.taskId);
  });

  it('are refused when one puts another file in after the approvals', async () => {
    const scenario = await stage(everybody);
    const before = await scenario.analyst.tasks.manifest(scenario.taskId);
    await approveAll(scenario);
    const cedar = scenario.banks[2] as (typeof scenario.banks)[number];
    const path = join(cedar.folder, 'other.txt');
    writeFileSync(path, 'Nobody, 1999-01-01 : 1\n');
    const other = await cedar.client.data.encryptAndUpload({
      path,
      name: 'other.enc',
      key: freshKey('aes-gcm-256'),
    });
    await cedar.client.tasks.replaceData(scenario.taskId, { inputs: { input_data2: other.dataId } });

    await expect(scenario.analyst.tasks.invoke(scenario.taskId)).rejects.toMatchObject({
      code: 'approvals-missing',
      subjects: ['analyst', 'bank-alder', 'bank-birch', 'bank-cedar'],
    });
    const after = await scenario.analyst.tasks.manifest(scenario.taskId);
    expect(after.digest).not.toEqual(before.digest);
    // What was approved then cannot be approved now.
    await expect(scenario.analyst.tasks.approve(scenario.taskId, before.digest)).rejects.toMatchObject({
      code: 'manifest-changed',
    });
  });

  it('run the version that they approved, whatever the function has become', async () => {
    const scenario = await stage(everybody);
    await approveAll(scenario);
    await scenario.functionOwner.functions.update(scenario.functionId, {
      ...joinFunction,
      name: 'builtin-echo',
    });
    await scenario.analyst.tasks.invoke(scenario.taskId);
    const result = await scenario.analyst.tasks.result(scenario.taskId);
    expect(Buffer.from(result.returnValue).toString()).toBe('3 users join the task in total.');
  });
});

describe('a file on a server of the bank', () => {
  it('that is swapped after the approval is refused by its tag', async () => {
    const scenario = await stage(everybody);
    const cedar = scenario.banks[2] as (typeof scenario.banks)[number];
    const key = freshKey('aes-gcm-128');
    const encrypted = join(cedar.folder, 'list.enc');
    const plain = join(cedar.folder, 'list.txt');
    writeFileSync(plain, listOf('cedar'));
    const { tag } = await encryptFile(plain, encrypted, { key });
    body = readFileSync(encrypted);
    const dataId = await cedar.client.data.registerInput({ url: `${origin}/list.enc`, tag, key });
    await cedar.client.tasks.replaceData(scenario.taskId, { inputs: { input_data2: dataId } });
    await approveAll(scenario);

    writeFileSync(plain, 'Nobody, 1999-01-01 : 1\n');
    await encryptFile(plain, encrypted, { key: { ...key, iv: freshKey('aes-gcm-128').iv as Uint8Array } });
    body = readFileSync(encrypted);
    await scenario.analyst.tasks.invoke(scenario.taskId);
    await expect(scenario.analyst.tasks.result(scenario.taskId)).rejects.toThrow(/input_data2.*tag/);
    await expect(
      cedar.client.data.registerInput({ url: 'http://127.0.0.1:1/x', tag, key }),
    ).rejects.toMatchObject({ code: 'url-not-allowed' });
  });
});
