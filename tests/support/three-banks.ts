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

/** A bank whose list has been uploaded. */
export interface Party {
  readonly name: string;
  readonly client: Gaiwan;
  readonly folder: string;
  readonly scheme: FileKey['scheme'];
  readonly inputId: string;
}

/** Everybody who takes part. */
export interface Parties {
  readonly parties: readonly Party[];
  readonly analyst: Gaiwan;
  readonly functionOwner: Gaiwan;
}

export interface Bank extends Party {
  readonly outputId: string;
  readonly outputKey: FileKey;
}

export interface Scenario extends Omit<Parties, 'parties'> {
  readonly banks: readonly Bank[];
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

async function bankArrives(platform: TestPlatform, name: string, index: number): Promise<Party> {
  const client = await platform.user(`bank-${name}`);
  const folder = join(platform.folder, `bank-${name}`);
  mkdirSync(folder, { recursive: true });
  const path = new URL(`bank-${name}.txt`, lists).pathname;
  const scheme = schemes[index % 3] ?? 'aes-gcm-256';
  const input = await client.data.encryptAndUpload({ path, name: `bank-${name}.enc`, key: freshKey(scheme) });
  return { name, client, folder, scheme, inputId: input.dataId };
}

export async function arrive(platform: TestPlatform): Promise<Parties> {
  const functionOwner = await platform.user('vendor', 'FunctionOwner', '');
  const analyst = await platform.user('analyst');
  const parties: Party[] = [];
  for (const [index, name] of names.entries()) parties.push(await bankArrives(platform, name, index));
  return { parties, analyst, functionOwner };
}

/** A task of theirs, up to a complete assignment: with a function and outputs of its own. */
export async function stage({ parties, analyst, functionOwner }: Parties): Promise<Scenario> {
  const functionId = await functionOwner.functions.register(joinFunction);
  const banks: Bank[] = [];
  for (const party of parties) {
    const outputKey = freshKey(party.scheme);
    const outputId = await party.client.data.createOutput({ name: 'joined.enc', key: outputKey });
    banks.push({ ...party, outputId, outputKey });
  }
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

/** Everything up to a complete assignment. */
export const prepare = async (platform: TestPlatform): Promise<Scenario> => stage(await arrive(platform));

/** A participant looks at the manifest and approves exactly what it saw. */
export async function approve(client: Gaiwan, taskId: string): Promise<void> {
  const { digest } = await client.tasks.manifest(taskId);
  await client.tasks.approve(taskId, digest);
}

export async function approveAll({ banks, analyst, taskId }: Scenario): Promise<void> {
  for (const bank of banks) await approve(bank.client, taskId);
  await approve(analyst, taskId);
}
