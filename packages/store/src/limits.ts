/** What a batch, a key or a page may hold at most. Beyond it: `too-large`. */
import { limitTable } from '@gaiwan/errors';

const MiB = 1024 * 1024;

export const limits = limitTable({
  batchOperations: {
    value: 20_000,
    unit: 'count',
    what: 'Expectations, puts, deletes, queue operations and log entries of a batch together',
  },
  batchBytes: { value: 128 * MiB, unit: 'bytes', what: 'All values of a batch' },
  valueBytes: { value: 64 * MiB, unit: 'bytes', what: 'A value' },
  queuePayloadBytes: { value: 64 * 1024, unit: 'bytes', what: 'The payload of an item of a queue' },
  logValueBytes: { value: MiB, unit: 'bytes', what: 'An entry of a log' },
  keySegments: { value: 8, unit: 'count', what: 'Segments of a key' },
  segmentBytes: {
    value: 1024,
    unit: 'bytes',
    what: 'A segment of a key, the name of a queue or a log, the id of an item (UTF-8)',
  },
  getMany: { value: 10_000, unit: 'count', what: 'Keys that are read in one call' },
  page: { value: 10_000, unit: 'count', what: 'Entries of a page', note: 'A larger wish is taken as this.' },
  pageBytes: { value: 16 * MiB, unit: 'bytes', what: 'Values of a page', note: 'The page ends early.' },
  anchorWait: {
    value: 30_000,
    unit: 'ms',
    what: 'A start or a commit waits for an anchor that does not answer',
    note: 'Then the start is refused; a commit fails without being acknowledged, and until the anchor answers nothing more is written.',
  },
  anchorStopWait: {
    value: 3000,
    unit: 'ms',
    what: 'Each step of a stop waits for an anchor that does not answer',
    note: 'What was acknowledged is there at the next start; the anchor takes the newest state then.',
  },
  epoch: { value: 2 ** 31, unit: 'count', what: 'Epochs of a store; each recovery begins one' },
  anchorRetry: { value: 500, unit: 'ms', what: 'Between attempts at an anchor that does not answer' },
  queueItems: {
    value: 100_000,
    unit: 'count',
    what: 'Items of a queue that are read in one call',
    note: 'A larger wish is taken as this.',
  },
});
