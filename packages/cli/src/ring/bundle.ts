/** A whole ring in one file, as it is on the disk: its keys stay under the passphrase. */
import { CliError, usage } from '../errors.ts';
import { limits } from '../limits.ts';
import { readFields } from '../project/fields.ts';
import { readBytes } from '../terminal/secrets.ts';
import { damaged, type Header, parseHeader } from './header.ts';
import { writePrivate } from './private-file.ts';
import { parseRecord, recordText, type TaskRecord } from './record.ts';
import { type DamagedFile, jsonOf, lost, type Ring } from './ring.ts';

const FORMAT = 'gaiwan-ring-export/1';

/** Refuses to write over a file. Task files that cannot be used are left out, and named. Throws `CliError`. */
export function exportRing(
  ring: Ring,
  path: string,
): { readonly tasks: number; readonly damaged: readonly DamagedFile[] } {
  const header = ring.header();
  if (!header) throw lost('There is no key ring to export', ring.folder);
  const { tasks, damaged: leftOut } = ring.records();
  const text = `${JSON.stringify({ format: FORMAT, header, tasks: tasks.map((record) => recordText(record)) }, null, 1)}\n`;
  writePrivate(path, text, { isNew: true });
  return { tasks: tasks.length, damaged: leftOut };
}

export interface Imported {
  readonly tasks: number;
  /** Were here already, and are newer, or the same. */
  readonly kept: number;
  /** Were here and could not be used: what the copy has took their place. */
  readonly repaired: number;
}

/** Also mends what is damaged here. Rejects with `CliError`: `ring-foreign` for another ring than the one that is here, `ring-damaged`. */
export async function importRing(ring: Ring, path: string): Promise<Imported> {
  const bytes = readBytes(path);
  if (bytes.length > limits.ringBundle.value) throw damaged(path);
  const { header, records } = parseBundle(bytes.toString('utf8'), path);
  const { instance, user } = ring.owner;
  if (header.instance !== instance || header.user !== user)
    throw new CliError(
      'ring-foreign',
      `${path} is the key ring of ${header.user} at the instance ${header.instance}; you are ${user} at ${instance}.`,
    );
  const present = usable(() => ring.header());
  if (present && present.box !== header.box) await requireSameRing(ring, records, path);
  const counts = { tasks: 0, kept: 0, repaired: 0 };
  const broken = new Set(ring.records().damaged.map(({ task }) => task));
  for (const record of records)
    await ring.whileLocked(record.task, async () => {
      const isBroken = broken.has(record.task);
      if (!isBroken && ring.record(record.task)) counts.kept++;
      else {
        if (isBroken) ring.setAside(record.task);
        ring.save(record);
        counts[isBroken ? 'repaired' : 'tasks']++;
      }
    });
  if (!present) ring.restoreHeader(header);
  return counts;
}

/** Undefined also for what is damaged. */
function usable<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CliError && error.code === 'ring-damaged') return undefined;
    throw error;
  }
}

/** The same ring under an earlier passphrase has the same key; another ring would be of no use here, and cover this one's keys. */
async function requireSameRing(ring: Ring, records: readonly TaskRecord[], path: string): Promise<void> {
  for (const record of records)
    if (record.sealed !== undefined && !(await ring.seals(record)))
      throw usage(
        `There is another key ring than the one of ${path} in ${ring.folder}: move it away first, or import into another GAIWAN_HOME.`,
      );
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
