/** What a task made for a party: all of it, authentic and decrypted, or nothing. */
import { linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Gaiwan, TaskResult } from '@gaiwan/client';
import { dictionary, systemCode } from '@gaiwan/errors';
import { hex } from '../context.ts';
import { CliError } from '../errors.ts';
import { keyOf } from './join.ts';
import type { ChosenTask } from './which.ts';

export interface Fetched {
  readonly file: string;
  /** Undefined for what the function returned. */
  readonly slot?: string | undefined;
  readonly bytes: number;
  /** Hex. */
  readonly tag?: string | undefined;
}

export interface FetchPlan {
  readonly chosen: ChosenTask;
  readonly ended: TaskResult;
  readonly folder: string;
  /** Write over files that are there. */
  readonly force: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

const RESULT = 'result.txt';

/** Rejects with `CliError`, `GaiwanError` or `FilesError`, and then leaves nothing in the folder. */
export async function fetchAll(client: Gaiwan, plan: FetchPlan): Promise<Fetched[]> {
  const { chosen, ended, folder } = plan;
  const { record } = chosen;
  const own = Object.entries(record?.outputs ?? {}).filter(([slot]) => Object.hasOwn(ended.tags, slot));
  const keys = record && own.length > 0 ? await chosen.ring.keys(record) : undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CliError('io', `Cannot make ${folder} (${systemCode(error)}).`);
  }
  // In the folder itself, so that what becomes of it is a matter of names.
  const private_ = mkdtempSync(join(folder, '.gaiwan-fetch-'));
  const remove = () => rmSync(private_, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const names = fileNames(
      chosen,
      own.map(([slot]) => slot),
    );
    const fetched: Fetched[] = [];
    for (const [slot, { dataId }] of own) {
      const tag = ended.tags[slot];
      if (dataId === undefined || tag === undefined || keys === undefined) continue;
      const file = names[slot] ?? slot;
      const { onProgress } = plan;
      const got = await client.data.download(dataId, join(private_, file), keyOf(keys.outputs, slot), {
        tag,
        ...(onProgress && { onProgress }),
      });
      fetched.push({ file, slot, bytes: got.plaintextSize, tag: hex(got.tag) });
    }
    await writeFile(join(private_, RESULT), ended.returnValue, { mode: 0o600, flush: true });
    fetched.push({ file: RESULT, bytes: ended.returnValue.length });
    release(
      private_,
      fetched.map(({ file }) => file),
      plan,
    );
    return fetched;
  } finally {
    remove();
    process.off('exit', remove);
  }
}

/** A name for each slot that no folder can be led out of: a slot's name is whatever the function's owner wrote. */
function fileNames({ described }: ChosenTask, slots: readonly string[]): Readonly<Record<string, string>> {
  const outputs = described?.description.outputs ?? {};
  const named = slots.map((slot) => {
    const wanted = Object.hasOwn(outputs, slot) ? outputs[slot]?.file : undefined;
    const safe = encodeURIComponent(slot).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
    return [slot, wanted ?? safe] as const;
  });
  const files = [RESULT, ...named.map(([, file]) => file)];
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined)
    throw new CliError('usage', `Two of what you would get are called ${twice}: nothing was fetched.`);
  return dictionary(named);
}

/** All get their names, or none does; with `force` those until the first that cannot be written. */
function release(from: string, files: readonly string[], { folder, force }: FetchPlan): void {
  const done: string[] = [];
  const replaced: string[] = [];
  const blocked = files.find(
    (file) => statSync(join(folder, file), { throwIfNoEntry: false })?.isDirectory() === true,
  );
  if (blocked !== undefined)
    throw new CliError('io', `Nothing was written to ${folder}: ${blocked} is a folder there.`);
  try {
    for (const file of files) {
      const to = join(folder, file);
      if (force) {
        renameSync(join(from, basename(file)), to);
        replaced.push(file);
      } else {
        linkSync(join(from, file), to);
        done.push(to);
      }
    }
  } catch (error) {
    for (const path of done) rmSync(path, { force: true });
    const why =
      systemCode(error) === 'EEXIST'
        ? 'it has files of these names: name another folder, or say --force'
        : systemCode(error);
    // What a file was replaced with stays: what it was before is gone.
    const written = replaced.length > 0 ? `Only ${replaced.join(', ')} was written` : 'Nothing was written';
    throw new CliError('io', `${written} to ${folder}: ${why}.`);
  }
}
