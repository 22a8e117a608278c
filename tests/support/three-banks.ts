/** Three banks as far as a task that is ready to be looked at and approved. Each bank has a client and keys of its own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import type { FileKey } from '@gaiwan/files';
import type { TestPlatform } from './platform.ts';

export const names = ['alder', 'birch', 'cedar'] as const;
export const lists = new URL('../../examples/three-banks/', import.meta.url);
export const listOf = (name: string): string => readFileSync(new URL(`bank-${name}.txt`, lists), 'utf8');

/** Each scheme is used by one bank. */
export const schemes = ['aes-gcm-128', 'aes-gcm-256', 'teaclave-file-128'] as const;

export function freshKey(scheme: FileKey['scheme']): FileKey {
  const key = randomBytes(scheme === 'aes-gcm-256' ? 32 : 16);
  return scheme === 'teaclave-file-128' ? { scheme, key } : { scheme, key, iv: randomBytes(12) };
}

export interface Bank {
  readonly name: string;
  readonly client: Gaiwan;
  readonly folder: string;
  readonly inputId: string;
  readonly outputId: string;
  readonly outputKey: FileKey;
}

export interface Scenario {
  readonly banks: readonly Bank[];
  readonly analyst: Gaiwan;
  readonly functionOwner: Gaiwan;
  readonly functionId: string;
  readonly taskId: string;
}

export const joinFunction = {
  name: 'builtin-private-join-and-compute',
  description: 'Adds up what the customers whom all parties have in common owe',
  executorType: 'builtin',
  public: true,
  arguments: [{ key: 'num_user', allowOverwrite: true }],
  inputs: [0, 1, 2].map((i) => ({ name: `input_data${i}` })),
  outputs: [0, 1, 2].map((i) => ({ name: `output_data${i}` })),
};

export async function bankArrives(platform: TestPlatform, name: string, index: number): Promise<Bank> {
  const client = await platform.user(`bank-${name}`);
  const folder = join(platform.folder, `bank-${name}`);
  mkdirSync(folder, { recursive: true });
  const path = new URL(`bank-${name}.txt`, lists).pathname;
  const scheme = schemes[index % 3] ?? 'aes-gcm-256';
  const input = await client.data.encryptAndUpload({ path, name: `bank-${name}.enc`, key: freshKey(scheme) });
  const outputKey = freshKey(scheme);
  const outputId = await client.data.createOutput({ name: 'joined.enc', key: outputKey });
  return { name, client, folder, inputId: input.dataId, outputId, outputKey };
}

/** Everything up to a complete assignment. */
export async function prepare(platform: TestPlatform): Promise<Scenario> {
  const functionOwner = await platform.user('vendor', 'FunctionOwner', '');
  const functionId = await functionOwner.functions.register(joinFunction);
  const analyst = await platform.user('analyst');
  const banks: Bank[] = [];
  for (const [index, name] of names.entries()) banks.push(await bankArrives(platform, name, index));
  const owners = (prefix: string) =>
    Object.fromEntries(banks.map((bank, index) => [`${prefix}${index}`, [`bank-${bank.name}`]]));
  const taskId = await analyst.tasks.create({
    functionId,
    arguments: { num_user: 3 },
    executor: 'builtin',
    inputs: owners('input_data'),
    outputs: owners('output_data'),
  });
  for (const [index, bank] of banks.entries()) {
    await bank.client.tasks.assign(taskId, {
      inputs: { [`input_data${index}`]: bank.inputId },
      outputs: { [`output_data${index}`]: bank.outputId },
    });
  }
  return { banks, analyst, functionOwner, functionId, taskId };
}

/** A participant looks at the manifest and approves exactly what it saw. */
export async function approve(client: Gaiwan, taskId: string): Promise<void> {
  const { digest } = await client.tasks.manifest(taskId);
  await client.tasks.approve(taskId, digest);
}

export async function approveAll({ banks, analyst, taskId }: Scenario): Promise<void> {
  for (const bank of banks) await approve(bank.client, taskId);
  await approve(analyst, taskId);
}
