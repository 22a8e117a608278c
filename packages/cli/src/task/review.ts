/** What a party is about to approve, held to what it knows itself: the description, and its own files. */

import { existsSync } from 'node:fs';
import type { Approvable } from '@gaiwan/client';
import { quoted, visible } from '@gaiwan/errors';
import { hex } from '../context.ts';
import { manifestDifferences } from '../description/differences.ts';
import { CliError } from '../errors.ts';
import { lookAtFile } from '../input-file.ts';
import type { SlotRecord } from '../ring/record.ts';
import { manifestText } from './show-task.ts';
import type { ChosenTask } from './which.ts';

/** Throws `CliError` (task-differs) for a manifest that is not what this machine knows of the task. */
export function holdTo(found: Approvable, chosen: ChosenTask): void {
  const differs = differences(found, chosen);
  if (differs.length === 0) return;
  throw new CliError(
    'task-differs',
    `${found.manifest.task} is not what you know of it: ${differs.join('; ')}.`,
  );
}

const differences = ({ manifest }: Approvable, { record, described }: ChosenTask): string[] => [
  ...(described ? manifestDifferences(described.description, manifest) : []),
  ...ownDifferences('input', record?.inputs ?? {}, manifest.inputs),
  ...ownDifferences('output', record?.outputs ?? {}, manifest.outputs),
];

function ownDifferences(
  what: string,
  own: Readonly<Record<string, SlotRecord>>,
  files: Approvable['manifest']['inputs'] | Approvable['manifest']['outputs'],
): string[] {
  return Object.entries(own).flatMap(([slot, { dataId, commitment, tag }]) => {
    if (dataId === undefined) return [];
    const has = files.find((file) => file.slot === slot);
    if (has?.id !== dataId) return [`its ${what} ${slot} is ${has?.id ?? 'absent'}, not your ${dataId}`];
    if (has.commitment !== commitment) return [`its ${what} ${slot} has another key or place than yours`];
    return has.tag === tag ? [] : [`its ${what} ${slot} has the tag ${has.tag}, not ${tag}`];
  });
}

/** All of it, for a person. */
export async function reviewText(found: Approvable, chosen: ChosenTask): Promise<string> {
  const { record, described } = chosen;
  return [
    ...(described
      ? descriptionLines(chosen, described, differences(found, chosen).length === 0)
      : ['described    by no file that is known here: compare all of it yourself']),
    manifestText(found),
    ...(await Promise.all(Object.entries(record?.inputs ?? {}).map(([slot, own]) => ownLine(slot, own)))),
  ].join('\n');
}

function descriptionLines(
  { record }: ChosenTask,
  { description, sha256 }: NonNullable<ChosenTask['described']>,
  isSame: boolean,
): string[] {
  const columns = Object.entries(description.inputs).map(([slot, { owners, columns: names }]) =>
    names === undefined
      ? `  ${slot}: of ${owners.join(', ')}, any file`
      : `  ${slot}: of ${owners.join(', ')}, with the columns ${names.map((name) => quoted(name)).join(', ')}`,
  );
  const { version, name = '' } = description.function;
  const isFixed = version !== undefined || name.startsWith('builtin');
  const where = record?.description === undefined ? 'the file that you named' : 'the file that you joined by';
  return [
    `described    as ${description.name} in ${where}, SHA-256 ${sha256};`,
    `             the manifest below ${isSame ? 'says the same' : 'DIFFERS FROM IT'}${isFixed ? '' : '; IT DOES NOT SAY WHICH VERSION OF THE CODE'}. It expects as inputs:`,
    ...columns.map((line) => `           ${line}`),
  ].map(visible);
}

async function ownLine(slot: string, { path, bytes, sha256 }: SlotRecord): Promise<string> {
  if (path === undefined || sha256 === undefined) return visible(`yours        ${slot}`);
  const isSame = !existsSync(path) || (await lookAtFile(path)).sha256 === sha256;
  const changed = isSame ? '' : '\n             THE FILE HAS CHANGED since: the task gets it as it was then';
  return `${visible(`yours        ${slot}: ${path}, ${bytes} bytes, SHA-256 ${sha256}`)}${changed}`;
}

/** For `--yes` and `--digest`: is it what the person has seen? Throws `CliError` (refused). */
export function requireSeen(wanted: Uint8Array, { digest }: Approvable): void {
  if (hex(wanted) === hex(digest)) return;
  throw new CliError('refused', `The digest is now ${hex(digest)}: look again before you approve.`);
}
