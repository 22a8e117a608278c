/** Endorsements from a folder or a file, and what of it is of no use. */
import type { Endorsements, Evidence } from '@gaiwan/attestation';
import { visible } from '@gaiwan/errors';
import { type Context, note } from '../context.ts';
import { usage } from '../errors.ts';
import { limits } from '../limits.ts';

/** A file with endorsements that is not used. */
export interface Unused {
  readonly name: string;
  readonly why: string;
}

/** Endorsements, and what of the files was not used. */
export interface Found {
  readonly endorsements: Endorsements;
  readonly unused: readonly Unused[];
}

/** Where endorsements are looked for. */
export interface Places {
  /** A folder or a file; undefined: only beside the evidence. */
  readonly path: string | undefined;
  /** The file that the evidence came in, where it is more than the evidence. */
  readonly beside: Uint8Array | undefined;
}

function linesOf(unused: readonly Unused[]): string[] {
  const shown = unused.slice(0, limits.unusedFiles.value).map(({ name, why }) => visible(`${name}: ${why}`));
  const more = unused.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

/** What fits the evidence and the time. Throws `CliError` (usage) for a path that has nothing of use. */
export async function endorsementsAt({ path, beside }: Places, evidence: Evidence, at: Date): Promise<Found> {
  const { SourceError } = await import('@gaiwan/attestation/sources');
  const { readEndorsements } = await import('@gaiwan/attestation/sources/files');
  const files = beside === undefined ? [] : [{ name: '', bytes: beside }];
  try {
    const found = await readEndorsements(path, evidence, at, files);
    if (path !== undefined && Object.keys(found.endorsements).length === 0) {
      const why = linesOf(found.unused).map((line) => `\n  ${line}`);
      throw usage(`There are no endorsements for this evidence in ${path}.${why.join('')}`);
    }
    return found;
  } catch (error) {
    if (error instanceof SourceError) throw usage(error.message);
    throw error;
  }
}

/** Says on standard error which files were given and not used. */
export function noteUnused(context: Context, unused: readonly Unused[]): void {
  for (const line of linesOf(unused)) note(context, `not used: ${line}`);
}
