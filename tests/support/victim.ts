/** A bank that others want to rob: a task of its own with a result, one with the vendor that waits for its end, and its files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import type { TestPlatform } from './platform.ts';
import { approve, freshKey } from './three-banks.ts';

export const SECRET = 'SECRET-RESULT-42';

export const echo = {
  name: 'builtin-echo',
  executorType: 'builtin',
  public: true,
  arguments: [{ key: 'message', allowOverwrite: true }],
} as const;

export interface Victim {
  readonly admin: Gaiwan;
  /** A function owner. */
  readonly vendor: Gaiwan;
  /** A data owner of the group "banks", whom the administrator registered. */
  readonly bank: Gaiwan;
  /** Another data owner. */
  readonly analyst: Gaiwan;
  readonly functionId: string;
  /** The bank's, with the secret as its result. */
  readonly endedTask: string;
  /** The analyst's: the bank's input has been assigned and both have approved, nobody has invoked it. */
  readonly openTask: string;
  readonly inputId: string;
}

export async function victimOn(platform: TestPlatform): Promise<Victim> {
  const admin = await platform.admin();
  const vendor = await platform.user('vendor', 'FunctionOwner', '');
  const bank = await platform.user('bank', 'DataOwner', 'banks');
  const analyst = await platform.user('analyst');
  const functionId = await vendor.functions.register(echo);
  const endedTask = await bank.tasks.create({
    functionId,
    executor: 'builtin',
    arguments: { message: SECRET },
  });
  await bank.tasks.invoke(endedTask);
  await bank.tasks.result(endedTask);
  const path = join(platform.folder, 'plain.txt');
  writeFileSync(path, 'bank secret data');
  const key = freshKey('aes-gcm-256');
  const { dataId: inputId } = await bank.data.encryptAndUpload({ path, name: 'plain.enc', key });
  const withInput = await vendor.functions.register({ ...echo, inputs: [{ name: 'data' }] });
  const openTask = await analyst.tasks.create({
    functionId: withInput,
    executor: 'builtin',
    arguments: { message: 'hi' },
    inputs: { data: ['bank'] },
  });
  await bank.tasks.assign(openTask, { inputs: { data: inputId } });
  for (const one of [bank, analyst]) await approve(one, openTask);
  return { admin, vendor, bank, analyst, functionId, endedTask, openTask, inputId };
}

/** What a client that has come by the bank's name tries, one after the other: the codes of the refusals. */
export async function robbery(thief: Gaiwan, { endedTask, openTask, inputId }: Victim): Promise<string[]> {
  const attempts = [
    () => thief.tasks.get(endedTask),
    () => thief.tasks.report(endedTask),
    () => thief.tasks.result(endedTask),
    () => thief.tasks.manifest(openTask),
    () => thief.tasks.assign(openTask, { inputs: { data: inputId } }),
    () => thief.tasks.replaceData(openTask, { inputs: { data: inputId } }),
    async () => thief.tasks.approve(openTask, new Uint8Array(32)),
    () => thief.tasks.cancel(endedTask),
    () => thief.data.getInput(inputId),
    () => thief.data.updateInput(inputId, 'data:text/plain;base64,AAAA'),
  ];
  const codes: string[] = [];
  for (const attempt of attempts)
    codes.push(
      await attempt().then(
        () => 'done',
        (error: unknown) => (error as { code: string }).code,
      ),
    );
  return codes;
}

/** How a robbery ends that gets nothing. */
export const nothingStolen = Array.from({ length: 10 }, () => 'access-denied');

/** What it lists: of the older account nothing. */
export const possessions = async (client: Gaiwan): Promise<number> =>
  (await client.data.list()).items.length + (await client.tasks.list()).items.length;
