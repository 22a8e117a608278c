/** Where a running platform gives snapshots of its data folder to whoever may open that: a Unix socket in a private folder. */
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { messageOf } from '@gaiwan/errors';
import { type SnapshotOptions, takeSnapshot } from './snapshot.ts';

/** In the folder of the platform's sockets. */
export const BACKUP_SOCKET = 'backup';

/** What it says, as one line of JSON. The snapshot is there until the connection ends. */
export type SnapshotAnswer = { readonly folder: string } | { readonly error: string };

export interface BackupServiceOptions extends SnapshotOptions {
  /** Of the sockets. */
  readonly sockets: string;
  /** Awaited before each snapshot. */
  readonly begins: () => Promise<void>;
  readonly report: (error: unknown) => void;
}

/** `parts`: gets the server. */
export async function startBackupService(
  options: BackupServiceOptions,
  parts: AsyncDisposableStack,
): Promise<void> {
  const open = new Set<Socket>();
  /** One at a time. */
  let last: Promise<void> = Promise.resolve();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
    // The other end says nothing; reading is what tells that it has gone.
    socket.resume();
    last = last.then(() => serve(socket, options)).catch(options.report);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(join(options.sockets, BACKUP_SOCKET), resolve);
  });
  parts.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
    await last;
  });
}

async function serve(socket: Socket, options: BackupServiceOptions): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    socket.once('close', () => resolve());
  });
  let folder: string | undefined;
  try {
    await options.begins();
    folder = await takeSnapshot(options);
    say(socket, { folder });
    await gone;
  } catch (error) {
    say(socket, { error: messageOf(error) });
    socket.end();
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function say(socket: Socket, answer: SnapshotAnswer): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
}
