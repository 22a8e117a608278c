/** Data: encrypted here, kept by the platform as ciphertext, registered with its key for approved tasks only. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { checkFileKey, type Encrypted, type FileKey } from '@gaiwan/files';
import { encryptFile } from '@gaiwan/files/node';
import { gaiwan } from '@gaiwan/protocol';
import { type Deletion, deletionOf } from './deletion.ts';
import type { RegisteredFiles } from './registered-files.ts';
import type { Rpc } from './rpc.ts';
import { Secret } from './secret.ts';
import type { Bulk } from './transfer/bulk.ts';
import {
  type Downloaded,
  type DownloadGrant,
  type DownloadOptions,
  downloadFile,
} from './transfer/download.ts';
import { fileSource, type UploadSource, withPrivateFolder, withSource } from './transfer/source.ts';
import { type UploadOptions, uploadBlob } from './transfer/upload.ts';

export interface NewInput {
  readonly url: string;
  /** 16 bytes. */
  readonly tag: Uint8Array;
  readonly key: FileKey;
}

export interface NewOutput {
  readonly url: string;
  readonly key: FileKey;
}

export interface DataInfo {
  readonly owners: readonly string[];
  /** Empty for an output that nothing was written to yet. */
  readonly tag: Uint8Array;
}

export interface DataItem extends DataInfo {
  readonly dataId: string;
  readonly name: string;
  readonly schema: string;
}

export interface DataFilter {
  readonly kind?: 'input' | 'output' | undefined;
  /** The beginning of the stored name, in upper or lower case. */
  readonly namePrefix?: string | undefined;
  /** Has it content? Inputs always have; an output has once a task has written it. */
  readonly written?: boolean | undefined;
}

const kinds = {
  any: gaiwan.DataKind.UNSPECIFIED,
  input: gaiwan.DataKind.INPUT,
  output: gaiwan.DataKind.OUTPUT,
} as const;

export interface EncryptAndUpload {
  readonly path: string;
  /** The stored name, which teaclave-file-128 binds. */
  readonly name: string;
  readonly key: FileKey;
  readonly onProgress?: (phase: 'encrypt' | 'upload', done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /**
   * Is told what the ciphertext is, and the SHA-256 (hex) of what was encrypted, before a byte of it leaves this machine; where it throws, none
   * does.
   */
  readonly onEncrypted?: (encrypted: Encrypted & { readonly sha256: string }) => void;
  /** As of `UploadOptions`. */
  readonly onUrl?: (url: string) => void;
  readonly resume?: string | undefined;
}

export class Data {
  readonly #rpc: Rpc;
  readonly #bulk: Bulk;
  readonly #registered: RegisteredFiles;
  constructor(rpc: Rpc, bulk: Bulk, registered: RegisteredFiles) {
    this.#rpc = rpc;
    this.#bulk = bulk;
    this.#registered = registered;
  }

  /** Returns the data id. */
  async registerInput({ url, tag, key }: NewInput): Promise<string> {
    const request = { url, cmac: tag, cryptoInfo: cryptoInfo(key) };
    const { dataId } = await this.#rpc.frontend.registerInputFile(request);
    this.#registered.add(dataId, { url, key });
    return dataId;
  }

  /** Returns the data id. */
  async registerOutput({ url, key }: NewOutput): Promise<string> {
    const { dataId } = await this.#rpc.frontend.registerOutputFile({ url, cryptoInfo: cryptoInfo(key) });
    this.#registered.add(dataId, { url, key });
    return dataId;
  }

  /** The same file at another URL, under the new id that is returned. */
  async updateInput(dataId: string, url: string): Promise<string> {
    return (await this.#rpc.frontend.updateInputFile({ dataId, url })).dataId;
  }

  async updateOutput(dataId: string, url: string): Promise<string> {
    return (await this.#rpc.frontend.updateOutputFile({ dataId, url })).dataId;
  }

  /** An output that several own together: nobody ever sees its key, but tasks of all of them may read it. */
  async fusion(owners: readonly string[]): Promise<string> {
    return (await this.#rpc.frontend.registerFusionOutput({ ownerList: [...owners] })).dataId;
  }

  /** Makes a written output usable as an input. */
  async fromOutput(outputId: string): Promise<string> {
    const { dataId } = await this.#rpc.frontend.registerInputFromOutput({ dataId: outputId });
    this.#registered.addCopy(dataId, outputId);
    return dataId;
  }

  async getInput(dataId: string): Promise<DataInfo> {
    const { owner, cmac } = await this.#rpc.frontend.getInputFile({ dataId });
    return { owners: owner, tag: cmac };
  }

  async getOutput(dataId: string): Promise<DataInfo> {
    const { owner, cmac } = await this.#rpc.frontend.getOutputFile({ dataId });
    return { owners: owner, tag: cmac };
  }

  /** Uploads ciphertext and returns its URL, to be registered. */
  async upload(
    source: string | UploadSource | AsyncIterable<Uint8Array>,
    options: UploadOptions,
  ): Promise<{ url: string }> {
    return withSource(source, async (readable) => ({
      url: await uploadBlob(this.#rpc, this.#bulk, readable, options),
    }));
  }

  /** Forgets an upload, finished or not, or a reserved place of an output, for which nothing is registered; its bytes are given back to the quota. */
  async discardUpload(url: string): Promise<void> {
    await this.#rpc.data.discardUpload({ url });
  }

  /** Encrypts a file (`-`: standard input) on this machine, uploads the ciphertext and registers it as an input. */
  async encryptAndUpload(options: EncryptAndUpload): Promise<{ dataId: string; url: string } & Encrypted> {
    const { path, name, key, onProgress, signal, onUrl, resume } = options;
    checkFileKey(key);
    // Of the very bytes that are encrypted: a file can be another one by then.
    const hash = options.onEncrypted && createHash('sha256');
    return withPrivateFolder(async (folder) => {
      const ciphertext = join(folder, 'ciphertext');
      const encrypted = await encryptFile(path, ciphertext, {
        key,
        name,
        onProgress: (done) => onProgress?.('encrypt', done, undefined),
        ...(hash && { onPlaintext: (piece) => void hash.update(piece) }),
      });
      if (hash) options.onEncrypted?.({ ...encrypted, sha256: hash.digest('hex') });
      const url = await uploadBlob(this.#rpc, this.#bulk, await fileSource(ciphertext), {
        name,
        signal,
        onUrl,
        resume,
        onProgress: (done, total) => onProgress?.('upload', done, total),
      });
      return { dataId: await this.registerInput({ url, tag: encrypted.tag, key }), url, ...encrypted };
    });
  }

  /** Reserves a place for a task's output and registers it with the key that the worker will use. */
  async createOutput({ name, key }: { readonly name: string; readonly key: FileKey }): Promise<string> {
    checkFileKey(key);
    return this.registerOutput({ url: await this.reserveOutput(name), key });
  }

  /** Reserves a place alone, and returns its URL, to be registered (`registerOutput`). */
  async reserveOutput(name: string): Promise<string> {
    return (await this.#rpc.data.createOutput({ name })).url;
  }

  /** A short-lived capability to GET the ciphertext. */
  async createDownload(dataId: string): Promise<DownloadGrant> {
    const { path, capability, size, cmac, name, schema } = await this.#rpc.data.createDownload({ dataId });
    return { path, capability: new Secret(capability), size: Number(size), tag: cmac, name, schema };
  }

  /**
   * Downloads, decrypts and checks a file. `path` (`-`: standard output) appears only once everything is authentic
   * and has the expected tag. Rejects with `GaiwanError` or with `FilesError` of `@gaiwan/files`.
   */
  async download(
    dataId: string,
    path: string,
    key: FileKey,
    options: DownloadOptions = {},
  ): Promise<Downloaded> {
    checkFileKey(key);
    const signal = AbortSignal.any([this.#rpc.closed, ...(options.signal ? [options.signal] : [])]);
    const grant = () => this.createDownload(dataId);
    return downloadFile(this.#bulk, { ...options, grant, path, key, signal });
  }

  /**
   * Deletes an input or output, and its file where nothing else has it. Of what belongs to several, the last word of them deletes it; refused
   * (data-needed) while a task that has not ended names it.
   */
  async delete(dataId: string): Promise<Deletion> {
    return deletionOf(await this.#rpc.data.deleteData({ dataId }));
  }

  /** One page of the caller's data, in no order. Of a filtered list it may have few, or none, and not be the last. */
  async list(page: { readonly pageToken?: string; readonly pageSize?: number } & DataFilter = {}): Promise<{
    items: DataItem[];
    nextPageToken: string;
  }> {
    const { pageToken = '', pageSize = 0, kind, namePrefix = '', written } = page;
    const { items, nextPageToken } = await this.#rpc.data.listData({
      pageToken,
      pageSize,
      kind: kinds[kind ?? 'any'],
      namePrefix,
      ...(written !== undefined && { written }),
    });
    return {
      items: items.map(({ dataId, owners, name, schema, cmac }) => ({
        dataId,
        owners,
        name,
        schema,
        tag: cmac,
      })),
      nextPageToken,
    };
  }

  async *listAll(filter: DataFilter = {}): AsyncGenerator<DataItem> {
    for (let pageToken = ''; ; ) {
      const page = await this.list({ ...filter, pageToken });
      yield* page.items;
      pageToken = page.nextPageToken;
      if (pageToken === '') return;
    }
  }
}

function cryptoInfo({ scheme, key, iv }: FileKey) {
  return { schema: scheme, key, iv: iv ?? new Uint8Array() };
}
