/**
 * After a failed fsync, a system may go on reading pages of a file that it never writes: a commit behind such a page would be lost with it,
 * however often the log is synced. So what is read of a log that somebody left is written once more before anything comes behind it.
 */
import { open } from 'node:fs/promises';
import { systemCode } from '@gaiwan/errors';

const PIECE = 1024 * 1024;

/** Of a database that this process has locked and not yet written to. Durable when it resolves. */
export async function settleLog(database: string): Promise<void> {
  const log = await open(`${database}-wal`, 'r+').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!log) return;
  try {
    const piece = Buffer.alloc(PIECE);
    for (let at = 0; ; ) {
      const { bytesRead } = await log.read(piece, 0, PIECE, at);
      if (bytesRead === 0) break;
      // Whole, or what is missing is read and written again.
      const { bytesWritten } = await log.write(piece, 0, bytesRead, at);
      at += bytesWritten;
    }
    await log.sync();
  } finally {
    await log.close();
  }
}
