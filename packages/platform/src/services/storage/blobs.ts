/** Blobs: records in the store, content in files beside it. Uploads are written once; outputs once per attempt. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { Key256 } from '@gaiwan/enclave';
import type { Subject } from '@gaiwan/protocol';
import { type Store, StoreError } from '@gaiwan/store';
import { blobId, blobUrl, checkBlobName } from '../../domain/blob-url.ts';
import { encodeRecord } from '../../domain/codec.ts';
import { type DataRecord, keys } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type {
  Accounts,
  Attempts,
  Blobs,
  Clock,
  DownloadGrant,
  Hold,
  Records,
  UploadGrant,
} from '../../ports.ts';
import { readRecord, transact } from '../../state/transaction.ts';
import { type BlobRecord, blobsOf, fileOfBlob, pathOfBlob, SECRET_KEY } from './blob-records.ts';
import { syncHandle } from './body.ts';
import { Capabilities, type Grant } from './capability.ts';
import { isWhole, requireWhole, sizeOfFile } from './content.ts';
import { type SetAside, setAside } from './set-aside.ts';

export interface BlobOptions {
  readonly store: Store;
  readonly folder: string;
  readonly clock: Clock;
  readonly accounts: Pick<Accounts, 'hold'>;
  readonly attempts: Attempts;
  readonly ids: () => string;
  /** Gets why no file can be written any more: the disk failed to confirm one. */
  readonly failed: (error: StoreError) => void;
}

export class BlobStore implements Blobs {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #accounts: Pick<Accounts, 'hold'>;
  readonly #attempts: Attempts;
  readonly #ids: () => string;
  readonly #folder: string;
  /** Ids of the blobs that attempts have written files for. */
  readonly #written = new Map<string, Set<string>>();
  /** As `BlobOptions.failed`. */
  readonly failed: (error: StoreError) => void;
  readonly #capabilities: Capabilities;

  private constructor(
    { store, clock, accounts, attempts, ids, folder, failed }: BlobOptions,
    secret: Uint8Array,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#accounts = accounts;
    this.#attempts = attempts;
    this.#ids = ids;
    this.#folder = folder;
    this.failed = failed;
    this.#capabilities = new Capabilities(Key256.take(secret));
  }

  static async open(options: BlobOptions): Promise<BlobStore> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    let secret = (await readRecord<{ secret: Uint8Array }>(options.store, SECRET_KEY))?.secret;
    if (!secret) {
      secret = randomBytes(32);
      await options.store.commit({ put: [{ key: SECRET_KEY, value: encodeRecord({ secret }) }] });
    }
    return new BlobStore(options, secret);
  }

  async createUpload(owner: Subject, name: string, size: number): Promise<UploadGrant> {
    checkBlobName(name);
    if (!Number.isSafeInteger(size) || size < 0 || size > limits.blob.value) {
      throw refuse('blob-too-large', `A file has at most ${limits.blob.value} bytes.`);
    }
    const record = await this.#create({ owner, name, size, kind: 'upload', complete: false });
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

  async createOutput(owner: Subject, name: string): Promise<{ url: string }> {
    checkBlobName(name);
    const record = await this.#create({ owner, name, size: 0, kind: 'output', complete: false });
    return { url: blobUrl(record.id, name) };
  }

  async requireUsable(owner: Subject, url: string, kind: 'input' | 'output'): Promise<void> {
    const record = await this.#requireOwned(owner, url);
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
    tx.put(keys.blob(id), { ...record, data: dataId } satisfies BlobRecord);
  }

  async createDownload(data: DataRecord, holder: Subject): Promise<DownloadGrant> {
    const id = blobId(data.url);
    const record = id && (await this.record(id));
    if (!record)
      throw refuse(
        'not-stored-here',
        'The platform does not keep this file: fetch it from where it was registered.',
      );
    if (!record.complete)
      throw refuse('nothing-to-download', 'No finished task has written this output yet.');
    await requireWhole(this.path(record), record.size);
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

  async prepareAdoption(tx: Records, url: string, attempt: string): Promise<{ readonly adopt: () => void }> {
    const id = blobId(url);
    const record = id && (await tx.read<BlobRecord>(keys.blob(id)));
    if (!record) throw refuse('unknown-blob', `There is no blob ${url}.`);
    if (record.complete) throw refuse('output-written', `${url} was written already.`);
    const size = await sizeOfFile(this.path({ id, attempt }));
    const adopted = { ...record, complete: true, size, attempt } satisfies BlobRecord;
    return { adopt: () => tx.put(keys.blob(id), adopted) };
  }

  /** An attempt is about to write a file for a blob. */
  noteWriting(attempt: string, id: string): void {
    this.#written.set(attempt, (this.#written.get(attempt) ?? new Set()).add(id));
  }

  /** What an attempt left at the end of this process is set aside at the next start. */
  async discard(attempt: string): Promise<void> {
    const ids = this.#written.get(attempt) ?? [];
    this.#written.delete(attempt);
    for (const id of ids)
      if ((await this.record(id))?.attempt !== attempt) await rm(this.path({ id, attempt }), { force: true });
  }

  /** Every byte has arrived and is on disk. */
  async complete(id: string): Promise<void> {
    await transact(this.#store, this.#clock, async (tx) => {
      const record = await tx.read<BlobRecord>(keys.blob(id));
      if (record) tx.put(keys.blob(id), { ...record, complete: true } satisfies BlobRecord);
    });
  }

  check(capability: string): Grant | undefined {
    return this.#capabilities.check(capability, this.#clock.now());
  }

  /** What is done with a grant lasts no longer than its holder's account, and than the attempt that it was given to. */
  async hold({ holder, lease }: Grant): Promise<Hold> {
    const account = await this.#accounts.hold(holder);
    if (lease === '') return account;
    const attempt = this.#attempts.hold(lease);
    return {
      signal: AbortSignal.any([account.signal, attempt.signal]),
      [Symbol.dispose]: () => {
        account[Symbol.dispose]();
        attempt[Symbol.dispose]();
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
    const folder = await open(this.#folder, 'r');
    try {
      await syncHandle(folder);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'sync-failed') this.failed(error);
      throw error;
    } finally {
      await folder.close();
    }
  }

  /**
   * At start: forgets uploads that nobody finished in time, and moves files that no record knows into a folder under `aside`: they may
   * belong to a newer store than this one.
   */
  async sweep(aside: string): Promise<SetAside | undefined> {
    const now = this.#clock.now();
    const known = new Set<string>();
    for await (const { key, record } of blobsOf(this.#store)) {
      if (record.kind === 'upload' && !record.complete && now - record.made > limits.unfinishedUpload.value) {
        await this.#store.commit({ delete: [key] });
        // One that has all of its bytes was finished under a newer store.
        if (!(await isWhole(this.path(record), record.size))) await rm(this.path(record), { force: true });
        continue;
      }
      known.add(fileOfBlob(record));
    }
    const strangers = (await readdir(this.#folder)).filter((file) => !known.has(file));
    return setAside(this.#folder, strangers, { aside, now });
  }

  async #create(fields: Omit<BlobRecord, 'id' | 'made'>): Promise<BlobRecord> {
    const record: BlobRecord = { ...fields, id: this.#ids(), made: this.#clock.now() };
    await this.#store.commit({ put: [{ key: keys.blob(record.id), value: encodeRecord(record) }] });
    return record;
  }

  async #requireOwned(owner: Subject, url: string): Promise<BlobRecord> {
    const id = blobId(url);
    const record = id && (await this.record(id));
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
