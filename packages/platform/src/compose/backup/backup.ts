/** Backing a data folder up, whether a platform serves from it or not. Nothing is unsealed: what is copied is ciphertext. */
import { mkdir, open, realpath, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf, systemCode } from '@gaiwan/errors';
import { copyClosedStore } from '@gaiwan/store';
import { systemClock } from '../../clock.ts';
import { refuse } from '../../errors.ts';
import { copyHashed, filesUnder, requireNothingAt, syncFolder } from './copy.ts';
import { type BackupManifest, backupManifest, MANIFEST } from './manifest.ts';
import { BLOBS, DATABASE, isPart, STORE } from './parts.ts';
import { BACKUP_SOCKET } from './service.ts';
import { takeSnapshot } from './snapshot.ts';

export interface BackupOptions {
  /** The data folder. */
  readonly data: string;
  /** Where the backup goes to: not there yet, or empty. */
  readonly to: string;
}

/** Returns the manifest. Rejects with `PlatformError` (`backup-target`, `backup-failed`), and then leaves nothing at `to`. */
export async function backUp({ data, to }: BackupOptions): Promise<BackupManifest> {
  await requireNothingAt(to);
  await using snapshot = await snapshotOf(data);
  await mkdir(to, { recursive: true, mode: 0o700 });
  try {
    return await copySnapshot(snapshot.folder, to);
  } catch (cause) {
    await rm(to, { recursive: true, force: true });
    throw refuse('backup-failed', `The backup of ${data} was not made: ${messageOf(cause)}`, { cause });
  }
}

async function copySnapshot(snapshot: string, to: string): Promise<BackupManifest> {
  await mkdir(join(to, BLOBS), { mode: 0o700 });
  const files = [];
  for (const path of (await filesUnder(snapshot)).filter(isPart))
    files.push(await copyHashed(snapshot, to, path));
  for (const folder of [STORE, BLOBS]) await syncFolder(join(to, folder));
  const manifest = backupManifest(new Date(systemClock.now()), files);
  const file = await open(join(to, MANIFEST), 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(to);
  return manifest;
}

interface Snapshot extends AsyncDisposable {
  readonly folder: string;
}

/** Of the platform that serves from the folder; where there is none, made here. */
async function snapshotOf(data: string): Promise<Snapshot> {
  const socket = await connectTo(data);
  try {
    return socket ? await askFor(socket) : await takeClosed(data);
  } catch (cause) {
    socket?.destroy();
    throw refuse('backup-failed', `No backup of ${data} can be made: ${messageOf(cause)}`, { cause });
  }
}

/** Undefined where no platform serves from the folder. */
async function connectTo(data: string): Promise<Socket | undefined> {
  try {
    // A long path of the data folder would not fit into a socket's: then this is a link to a short one.
    const path = join(await realpath(join(data, 'run')), BACKUP_SOCKET);
    return await new Promise<Socket>((resolve, reject) => {
      const socket = connect(path);
      socket.once('error', reject).once('connect', () => resolve(socket));
    });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw refuse('backup-failed', `The platform of ${data} cannot be reached: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function askFor(socket: Socket): Promise<Snapshot> {
  for await (const line of createInterface({ input: socket })) {
    const answer: unknown = JSON.parse(line);
    if (typeof answer !== 'object' || answer === null) break;
    if ('folder' in answer && typeof answer.folder === 'string')
      return { folder: answer.folder, [Symbol.asyncDispose]: async () => void socket.destroy() };
    if ('error' in answer) throw new Error(String(answer.error));
  }
  throw new Error('the platform ended before it had answered');
}

async function takeClosed(data: string): Promise<Snapshot> {
  // Opening a store that is not there would make one.
  await (await open(join(data, DATABASE), 'r')).close();
  const copyStore = (folder: string) => copyClosedStore(join(data, STORE), folder);
  const folder = await takeSnapshot({ data, copyStore });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
