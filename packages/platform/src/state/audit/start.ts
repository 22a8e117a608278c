/** What the log says of a start, in the start's own commit. */
import type { Batch, Store } from '@gaiwan/store';
import { encodeRecord } from '../../domain/codec.ts';
import { keys } from '../../domain/records.ts';
import { readRecord } from '../transaction.ts';
import { auditAppend, operatorEntry } from './entries.ts';

interface ProgramRecord {
  /** The measurement of what opened the data last. */
  readonly program: string;
}

/**
 * Beside the start itself, that the root key was handed over: a program with another measurement opens the data. `program`: all registers of
 * the machine as one value. `now`: ms since the epoch of clocks.
 */
export async function startOf(
  store: Store,
  program: string,
  now: number,
): Promise<Required<Pick<Batch, 'put' | 'append'>>> {
  const key = keys.lastProgram();
  const before = await readRecord<ProgramRecord>(store, key);
  const other =
    before && before.program !== program
      ? [`handover: the root key comes from program ${before.program}`]
      : [];
  const entries = [...other, `start: program ${program}`].map((message) => operatorEntry(message, now));
  const [log, value] = auditAppend(entries);
  return {
    put: [{ key, value: encodeRecord({ program } satisfies ProgramRecord) }],
    append: [{ log, value }],
  };
}
