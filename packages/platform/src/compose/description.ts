/**
 * What the program was that last opened a data folder, in words: `measured.json` beside the sealed key. Whoever can write the folder can change it, and nothing is decided
 * by it: it only lets a refused start say which option or file is another one.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { visible } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import { configurationChanges, fileChanges } from './changes.ts';

/** A measured program, as plain values. */
export interface Description {
  /** `MeasuredProgram.decisions`. */
  readonly configuration: object;
  /** `Bundle.list`. */
  readonly files: string;
}

const NAME = 'measured.json';

/** Where it cannot be kept, a later refusal has fewer words: no reason not to start. */
export async function keepDescription(data: string, described: Description): Promise<void> {
  const path = join(data, NAME);
  const text = `${JSON.stringify(described)}\n`;
  if ((await readBounded(path)) === text) return;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** A sentence, with a blank before it; empty where nothing is known of the last start, or nothing differs from it. */
export async function sinceLastStart(data: string, now: Description): Promise<string> {
  const before = descriptionIn(await readBounded(join(data, NAME)));
  if (before === undefined) return '';
  const changes = [
    ...configurationChanges(before.configuration, now.configuration),
    ...fileChanges(before.files, now.files),
  ];
  return changes.length === 0
    ? ''
    : ` Since the last start here, by its ${NAME}: ${visible(changes.join('; '))}.`;
}

/** Undefined where it is not there, cannot be read or is too large. */
async function readBounded(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      return size > limits.measuredFile.value ? undefined : await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function descriptionIn(text: string | undefined): Description | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { configuration, files } = value as Partial<Record<keyof Description, unknown>>; // Both are looked at.
    if (typeof configuration !== 'object' || configuration === null || typeof files !== 'string')
      return undefined;
    return { configuration, files };
  } catch {
    return undefined;
  }
}
