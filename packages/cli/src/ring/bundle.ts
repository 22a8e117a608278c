/** A whole ring in one file, as it is on the disk: its keys stay under the passphrase. */
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { limits } from '../limits.ts';
import { readFields } from '../project/fields.ts';
import { readBytes } from '../terminal/secrets.ts';
import { damaged, type Header, parseHeader } from './header.ts';
import { writePrivate } from './private-file.ts';
import { parseRecord, recordText, type TaskRecord } from './record.ts';
import { headerText, jsonOf, lost, type Ring, Ring as Rings } from './ring.ts';

const FORMAT = 'gaiwan-ring-export/1';

/** Refuses to write over a file. Throws `CliError`. */
export function exportRing(ring: Ring, path: string): { readonly tasks: number } {
  const header = ring.header();
  if (!header) throw lost('There is no key ring to export', ring.folder);
  const tasks = ring.records();
  const text = `${JSON.stringify({ format: FORMAT, header, tasks: tasks.map((record) => recordText(record)) }, null, 1)}\n`;
  writePrivate(path, text, { isNew: true });
  return { tasks: tasks.length };
}

/** Throws `CliError`: `ring-foreign` for another ring than the one that is here, `ring-damaged`. */
export function importRing(
  context: Context,
  ring: Ring,
  path: string,
): { readonly tasks: number; readonly kept: number } {
  const bytes = readBytes(path);
  if (bytes.length > limits.ringBundle.value) throw damaged(path);
  const { header, records } = parseBundle(bytes.toString('utf8'), path);
  const { instance, user } = ring.owner;
  if (header.instance !== instance || header.user !== user)
    throw new CliError(
      'ring-foreign',
      `${path} is the key ring of ${header.user} at the instance ${header.instance}; you are ${user} at ${instance}.`,
    );
  const here = new Rings(context, ring.owner);
  const present = here.header();
  if (present && present.box !== header.box)
    throw usage(
      `There is another key ring in ${here.folder}: move it away first, or import into another GAIWAN_HOME.`,
    );
  let kept = 0;
  for (const record of records) {
    // What is here is newer, or the same.
    if (here.record(record.task)) kept++;
    else here.save(record);
  }
  if (!present) writePrivate(join(here.folder, 'ring.json'), headerText(header), { isNew: true });
  return { tasks: records.length - kept, kept };
}

function parseBundle(
  text: string,
  path: string,
): { readonly header: Header; readonly records: TaskRecord[] } {
  const value = jsonOf(text, path);
  let header: unknown;
  let tasks: readonly string[];
  try {
    const fields = readFields(value, path);
    if (fields.text('format') !== FORMAT) throw fields.wrong('is of another format');
    header = fields.raw('header');
    tasks = fields.texts('tasks');
    fields.end();
  } catch (cause) {
    throw damaged(path, cause);
  }
  const read = parseHeader(header, path);
  const records = tasks.map((task) => parseRecord(task, path));
  const foreign = records.find(({ instance, user }) => instance !== read.instance || user !== read.user);
  if (foreign) throw damaged(path);
  return { header: read, records };
}
