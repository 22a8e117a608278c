/** Blobs: records in the store, content in files beside it. Uploads are written once; outputs once per attempt. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Key256 } from '@gaiwan/enclave';
import type { Subject } from '@gaiwan/protocol';
import { type Store, StoreError } from '@gaiwan/store';
import { blobId, blobUrl, checkBlobName } from '../../domain/blob-url.ts';
import { encodeRecord } from '../../domain/codec.ts';
import { blobOfFile } from '../../domain/data.ts';
import { type DataRecord, type HeldRecord, keys } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type {
  Accounts,
  Attempts,
  Blobs,
  Clock,
  DeletingRecords,
  DownloadGrant,
  Hold,
  Records,
  UnusedBlob,
  UploadGrant,
} from '../../ports.ts';
import { saltedDigest } from '../../state/deleted.ts';
import { dueAppend } from '../../state/due.ts';
import type { Holdings } from '../../state/holdings.ts';
import type { Room } from '../../state/room.ts';
import { readRecord, transact } from '../../state/transaction.ts';
import { type BlobRecord, blobsOf, fileOfBlob, pathOfBlob, SECRET_KEY } from './blob-records.ts';
import { syncHandle } from './body.ts';
import { Capabilities, type Grant } from './capability.ts';
import { isWhole, missingBlob, requireWhole, sizeOfFile } from './content.ts';
import { GoneFiles } from './gone-files.ts';
import { OpenBlobs } from './open-blobs.ts';
import { type SetAside, setAside } from './set-aside.ts';
import { Transfers } from './transfers.ts';

export interface BlobOptions {
  readonly store: Store;
  readonly folder: string;
  readonly clock: Clock;
  readonly accounts: Pick<Accounts, 'hold'>;
  readonly attempts: Attempts;
  readonly holdings: Holdings;
  readonly room: Pick<Room, 'take'>;
  readonly ids: () => string;
  /** Gets why no file can be written any more: the disk failed to confirm one. */
  readonly failed: (error: StoreError) => void;
  /** Default: as limits.md says. */
  readonly transfers?: Transfers;
  /** Gets what failed beside the calls. */
  readonly report: (error: unknown) => void;
}

/** What an attempt writes for a blob. */
type AttemptFile = Required<Pick<BlobRecord, 'id' | 'attempt'>>;

const isTooOld = (since: number, now: number): boolean => now - since > limits.unfinishedUpload.value;

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await syncHandle(folder);
  } finally {
    await folder.close();
  }
}

export class BlobStore implements Blobs {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #accounts: Pick<Accounts, 'hold'>;
  readonly #attempts: Attempts;
  readonly #holdings: Holdings;
  readonly #room: Pick<Room, 'take'>;
  readonly #ids: () => string;
  readonly #folder: string;
  readonly #gone: GoneFiles;
  readonly #open = new OpenBlobs();
  readonly #report: (error: unknown) => void;
  /** Ids of the blobs that attempts have written files for. */
  readonly #written = new Map<string, Set<string>>();
  /** What requests about files may hold. */
  readonly transfers: Transfers;
  /** Files that requests write to now. */
  readonly writing: Set<string> = new Set();
  /** As `BlobOptions.failed`. */
  readonly failed: (error: StoreError) => void;
  readonly #capabilities: Capabilities;

  private constructor(options: BlobOptions, secret: Uint8Array) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#accounts = options.accounts;
    this.#attempts = options.attempts;
    this.#holdings = options.holdings;
    this.#room = options.room;
    this.#ids = options.ids;
    this.#folder = options.folder;
    const { store, folder, report } = options;
    this.#gone = new GoneFiles({ store, folder, report, sync: () => this.syncFolder() });
    this.#report = report;
    this.failed = options.failed;
    this.transfers = options.transfers ?? new Transfers();
    this.#capabilities = new Capabilities(Key256.take(secret));
  }

  static async open(options: BlobOptions): Promise<BlobStore> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    // Its own name, too: an end after `mkdir` may have left it in memory alone, and with it all that is put in there.
    await syncFolder(dirname(options.folder));
    let secret = (await readRecord<{ secret: Uint8Array }>(options.store, SECRET_KEY))?.secret;
    if (!secret) {
      secret = randomBytes(32);
      await options.store.commit({ put: [{ key: SECRET_KEY, value: encodeRecord({ secret }) }] });
    }
    return new BlobStore(options, secret);
  }

  async createUpload(tx: Records, owner: Subject, name: string, size: number): Promise<UploadGrant> {
    checkBlobName(name);
    if (!Number.isSafeInteger(size) || size < 0 || size > limits.blob.value) {
      throw refuse('blob-too-large', `A file has at most ${limits.blob.value} bytes.`);
    }
    await this.#forgetOld(this.#holdings.unfinishedOf(owner));
    const record = await this.#create(tx, { owner, name, size, kind: 'upload', complete: false });
    tx.onEnd((committed) => {
      // Where that fails, the next start sets it aside.
      if (!committed) rm(this.path(record), { force: true }).catch(() => undefined);
    });
    // The file is there before its record is.
    await this.touch(this.path(record));
    return this.#uploadGrant(record, 0);
  }

  async resumeUpload(owner: Subject, url: string): Promise<UploadGrant> {
    const record = await this.#requireOwned(owner, url);
    if (record.kind !== 'upload')
      throw refuse('not-an-upload', 'This is where a task writes: it cannot be uploaded to.');
    if (record.complete) await requireWhole(this.path(record), record.size);
    return this.#uploadGrant(record, record.complete ? record.size : await this.sizeOf(record));
  }

  async discardUpload(tx: DeletingRecords, owner: Subject, url: string): Promise<void> {
    const record = await this.#requireOwned(owner, url, tx);
    if (record.kind === 'content')
      throw refuse('not-an-upload', 'This is the content of a data: URL: it cannot be discarded.');
    if (record.references > 0)
      throw refuse(
        'blob-registered',
        `${url.slice(0, 120)} was registered: delete what it was registered as.`,
      );
    await this.#delete(tx, record);
    tx.onEnd((committed) => {
      if (committed) this.removeGone();
    });
  }

  async forgetUnfinished(): Promise<void> {
    await this.#forgetOld(this.#holdings.unfinished());
  }

  /** Of these uploads, those that nobody finished in time, but for what is being sent now. One that cannot be forgotten does not keep the others. */
  async #forgetOld(uploads: Iterable<readonly [id: string, since: number]>): Promise<void> {
    const now = this.#clock.now();
    const failed: unknown[] = [];
    const old = [...uploads].filter(([id, since]) => isTooOld(since, now) && !this.writing.has(id));
    for (const [id] of old) await this.#forget(id, false).catch((error: unknown) => failed.push(error));
    if (old.length > 0) this.removeGone();
    if (failed.length > 0) throw failed[0];
  }

  /**
   * Forgets an upload, unless it is finished; its file goes after the commit. A file that has all of its bytes may have been finished under a
   * newer store, so it is never removed: a start sets it aside, and until then the upload stays and counts.
   */
  #forget(id: string, atStart: boolean): Promise<void> {
    return transact(this.#store, this.#clock, async (tx) => {
      const record = await tx.read<BlobRecord>(keys.blob(id));
      if (!record || record.complete) return;
      const whole = await isWhole(this.path(record), record.size);
      if (!whole || atStart) await this.#delete(tx, record, !whole);
    });
  }

  /** In the transaction that registers the input: what a data: URL has. */
  putContent(tx: Records, id: string, owner: Subject, content: Uint8Array): void {
    const made = this.#clock.now();
    const size = content.length;
    const record: BlobRecord = {
      id,
      owner,
      name: '',
      kind: 'content',
      size,
      complete: true,
      made,
      references: 1,
    };
    tx.put(keys.blob(id), record);
    tx.putBytes(keys.content(id), content);
  }

  /** @throws PlatformError `blob-missing` (rejects) */
  async content({ id, size }: BlobRecord): Promise<Uint8Array> {
    const content = (await this.#store.get(keys.content(id)))?.value;
    if (content?.length !== size) throw missingBlob();
    return content;
  }

  async createOutput(tx: Records, owner: Subject, name: string, data?: string): Promise<{ url: string }> {
    checkBlobName(name);
    const claimed = data === undefined ? {} : { data };
    const fields = { owner, name, size: 0, kind: 'output', complete: false, ...claimed } as const;
    const record = await this.#create(tx, fields);
    return { url: blobUrl(record.id, name) };
  }

  async requireUsable(owner: Subject, url: string, kind: 'input' | 'output'): Promise<void> {
    const record = await this.#requireOwned(owner, url);
    if (record.kind === 'content')
      throw refuse('wrong-kind-of-blob', 'This is the content of a data: URL: register that URL again.');
    if ((record.kind === 'output') !== (kind === 'output')) {
      throw refuse(
        'wrong-kind-of-blob',
        `This URL is for an ${record.kind === 'output' ? 'output' : 'input'}.`,
      );
    }
    if (kind === 'input' && !record.complete) {
      throw refuse('upload-incomplete', 'The upload is not complete: finish it, then register the file.');
    }
    if (record.complete) await requireWhole(this.path(record), record.size);
  }

  async claimOutput(tx: Records, url: string, dataId: string): Promise<void> {
    const id = blobId(url);
    if (id === undefined) return;
    const record = await tx.read<BlobRecord>(keys.blob(id));
    if (!record) throw refuse('unknown-blob', `There is no blob ${url}.`);
    if (record.data !== undefined && record.data !== dataId)
      throw refuse('blob-registered', `${url.slice(0, 120)} was registered as ${record.data} already.`);
    const references = record.references + 1;
    tx.put(keys.blob(id), { ...record, data: dataId, references } satisfies BlobRecord);
  }

  async refer(tx: Records, url: string): Promise<void> {
    const id = blobId(url);
    if (id === undefined) return;
    const record = await tx.read<BlobRecord>(keys.blob(id));
    if (!record) throw refuse('unknown-blob', `There is no blob ${url.slice(0, 120)}.`);
    tx.put(keys.blob(id), { ...record, references: record.references + 1 } satisfies BlobRecord);
  }

  async release(tx: DeletingRecords, data: DataRecord): Promise<void> {
    const id = blobId(blobOfFile(data) ?? '');
    const record = id && (await tx.read<BlobRecord>(keys.blob(id)));
    if (!record) return;
    const references = record.references - 1;
    if (references > 0) tx.put(keys.blob(id), { ...record, references } satisfies BlobRecord);
    else await this.#delete(tx, record);
  }

  async deleteUnused(tx: DeletingRecords, id: string, until: number): Promise<UnusedBlob | undefined> {
    const record = await tx.read<BlobRecord>(keys.blob(id));
    // Uploads that are not finished have their own time.
    if (!record || record.references > 0 || (record.kind === 'upload' && !record.complete)) return undefined;
    if (record.made >= until) return undefined;
    await this.#delete(tx, record);
    return { id, owner: record.owner, ...saltedDigest(encodeRecord(record)) };
  }

  async #delete(tx: DeletingRecords, record: BlobRecord, withFile = true): Promise<void> {
    tx.delete(keys.blob(record.id));
    if (record.kind === 'content') tx.delete(keys.content(record.id));
    else if (withFile) tx.mark(keys.goneFile(fileOfBlob(record)));
    tx.onEnd((committed) => {
      if (committed) this.#open.end(record.id);
    });
    await this.#holdings.release(tx, keys.blob(record.id));
  }

  removeGone(): void {
    this.#gone.removeSoon();
  }

  /** When nothing is being removed any more. */
  settled(): Promise<void> {
    return this.#gone.settled();
  }

  async createDownload(data: DataRecord, holder: Subject): Promise<DownloadGrant> {
    const id = blobId(blobOfFile(data) ?? '');
    const record = id && (await this.record(id));
    if (!record)
      throw refuse(
        'not-stored-here',
        'The platform does not keep this file: fetch it from where it was registered.',
      );
    if (!record.complete)
      throw refuse('nothing-to-download', 'No finished task has written this output yet.');
    if (record.kind !== 'content') await requireWhole(this.path(record), record.size);
    return {
      path: `/blobs/${record.id}`,
      capability: this.#capability(record, {
        access: 'read',
        attempt: record.attempt ?? '',
        lease: '',
        holder,
      }),
      size: record.size,
    };
  }

  async grant(url: string, access: 'read' | 'write', attempt: string): Promise<string> {
    const id = blobId(url);
    const record = id && (await this.record(id));
    if (!record) throw refuse('unknown-blob', `There is no blob ${url}.`);
    // In the name of the file's owner, whose task it is.
    return this.#capability(
      record,
      {
        access,
        attempt: access === 'read' ? (record.attempt ?? '') : attempt,
        lease: attempt,
        holder: record.owner,
      },
      limits.workerCapability.value,
    );
  }

  async prepareAdoption(
    tx: Records,
    url: string,
    attempt: string,
  ): Promise<{ readonly adopt: () => Promise<void> }> {
    const id = blobId(url);
    const record = id && (await tx.read<BlobRecord>(keys.blob(id)));
    if (!record) throw refuse('unknown-blob', `There is no blob ${url}.`);
    if (record.complete) throw refuse('output-written', `${url} was written already.`);
    const size = await sizeOfFile(this.path({ id, attempt }));
    const adopted = { ...record, complete: true, size, attempt } satisfies BlobRecord;
    const key = keys.blob(id);
    const adopt = async () => {
      tx.put(key, adopted);
      await this.#holdings.keepWritten(tx, key, fileOfBlob({ id, attempt }), size - record.size);
    };
    return { adopt };
  }

  /** What an attempt left at the end of this process is set aside at the next start. */
  async discard(attempt: string): Promise<void> {
    const ids = [...(this.#written.get(attempt) ?? [])];
    this.#written.delete(attempt);
    const dropped = await Promise.allSettled(ids.map((id) => this.#drop({ id, attempt })));
    // One that cannot be removed does not keep the others.
    for (const one of dropped) if (one.status === 'rejected') throw one.reason;
  }

  async #drop(output: AttemptFile): Promise<void> {
    if ((await this.record(output.id))?.attempt === output.attempt) return;
    await rm(this.path(output), { force: true });
    this.#holdings.unwrite(fileOfBlob(output));
  }

  /** Every byte has arrived and is on disk. */
  async complete(id: string): Promise<void> {
    await transact(this.#store, this.#clock, async (tx) => {
      const record = await tx.read<BlobRecord>(keys.blob(id));
      if (!record) throw refuse('unknown-blob', 'The upload was discarded.');
      const made = tx.now();
      tx.put(keys.blob(id), { ...record, complete: true, made } satisfies BlobRecord);
      tx.append(...dueAppend({ at: made, blob: id }));
      await this.#holdings.finishUpload(tx, keys.blob(id));
    });
  }

  /**
   * Before an attempt writes so many bytes of an output: they count for the output's owner, from the first.
   *
   * @throws PlatformError `storage-quota` (rejects)
   */
  async announceOutput({ id, attempt }: AttemptFile, bytes: number): Promise<void> {
    this.#written.set(attempt, (this.#written.get(attempt) ?? new Set()).add(id));
    const held = await readRecord<HeldRecord>(this.#store, keys.held(keys.blob(id)));
    if (held) this.#holdings.write(fileOfBlob({ id, attempt }), held, bytes);
  }

  /** Of one that was announced nothing is there. */
  takeBackOutput(output: AttemptFile): void {
    this.#holdings.unwrite(fileOfBlob(output));
  }

  /** Before so many bytes are written; dispose of it afterwards. @throws PlatformError `disk-full` (rejects) */
  takeRoom(bytes: number): Promise<Disposable> {
    return this.#room.take(bytes);
  }

  check(capability: string): Grant | undefined {
    return this.#capabilities.check(capability, this.#clock.now());
  }

  /** What is done with a grant lasts no longer than its holder's account, than its blob, and than the attempt that it was given to. */
  async hold({ blob, holder, lease }: Grant): Promise<Hold> {
    const account = await this.#accounts.hold(holder);
    const holds = [account, this.#open.hold(blob), ...(lease === '' ? [] : [this.#attempts.hold(lease)])];
    return {
      signal: AbortSignal.any(holds.map(({ signal }) => signal)),
      [Symbol.dispose]: () => {
        for (const hold of holds) hold[Symbol.dispose]();
      },
    };
  }

  record(id: string): Promise<BlobRecord | undefined> {
    return readRecord<BlobRecord>(this.#store, keys.blob(id));
  }

  path(blob: Pick<BlobRecord, 'id' | 'attempt'>): string {
    return pathOfBlob(this.#folder, blob);
  }

  /** @throws PlatformError `blob-missing` (rejects) where it has no file */
  sizeOf(record: BlobRecord): Promise<number> {
    return sizeOfFile(this.path(record));
  }

  async touch(path: string): Promise<void> {
    await (await open(path, 'w', 0o600)).close();
    await this.syncFolder();
  }

  /** A file is there after a crash only when its folder is on disk. */
  async syncFolder(): Promise<void> {
    try {
      await syncFolder(this.#folder);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'sync-failed') this.failed(error);
      throw error;
    }
  }

  /**
   * At start: forgets uploads that nobody finished in time, removes the files of deleted blobs, and moves files that no record knows into a folder under `aside`: they may
   * belong to a newer store than this one. What cannot be removed is reported, and stays where it is.
   */
  async sweep(aside: string): Promise<SetAside | undefined> {
    const now = this.#clock.now();
    const known = new Set<string>();
    for await (const { record } of blobsOf(this.#store)) {
      if (record.kind === 'content') continue;
      if (record.kind === 'upload' && !record.complete && isTooOld(record.made, now)) {
        await this.#forget(record.id, true);
        continue;
      }
      known.add(fileOfBlob(record));
    }
    await this.#gone.remove().catch((error: unknown) => this.#report(error));
    for await (const file of this.#gone.files()) known.add(file);
    const strangers = (await readdir(this.#folder)).filter((file) => !known.has(file));
    return setAside(this.#folder, strangers, { aside, now });
  }

  async #create(tx: Records, fields: Omit<BlobRecord, 'id' | 'made' | 'references'>): Promise<BlobRecord> {
    const references = fields.data === undefined ? 0 : 1;
    const record: BlobRecord = { ...fields, id: this.#ids(), made: this.#clock.now(), references };
    const key = keys.blob(record.id);
    const { owner: by, size: bytes } = record;
    const unfinished = record.kind === 'upload' && { unfinishedSince: record.made };
    await this.#holdings.charge(tx, { key, by, bytes, ...unfinished });
    tx.put(key, record);
    tx.append(...dueAppend({ at: record.made, blob: record.id }));
    return record;
  }

  async #requireOwned(owner: Subject, url: string, tx?: Records): Promise<BlobRecord> {
    const id = blobId(url);
    const record = id && (await (tx ? tx.read<BlobRecord>(keys.blob(id)) : this.record(id)));
    if (!record || record.owner !== owner)
      throw refuse('unknown-blob', `You have no blob ${url.slice(0, 120)}.`);
    return record;
  }

  #uploadGrant(record: BlobRecord, received: number): UploadGrant {
    return {
      url: blobUrl(record.id, record.name),
      path: `/blobs/${record.id}`,
      capability: this.#capability(record, { access: 'write', attempt: '', lease: '', holder: record.owner }),
      received,
      complete: record.complete,
    };
  }

  #capability(
    { id: blob }: BlobRecord,
    what: Omit<Grant, 'blob' | 'expires'>,
    lifetime: number = limits.capability.value,
  ): string {
    return this.#capabilities.issue({ blob, ...what, expires: this.#clock.now() + lifetime });
  }
}
