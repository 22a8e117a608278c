/** Inputs and outputs: register, update, fuse, read (contract 3.4), and the platform's blobs. */
import { randomBytes } from 'node:crypto';
import { type frontend, type gaiwan, SALT_BYTES } from '@gaiwan/protocol';
import {
  checkIvFree,
  type DataRecord,
  type IvRecord,
  inputFromOutput,
  ivName,
  keys,
  limits,
  parseCrypto,
  parseId,
  parseTag,
  parseUrl,
  refuse,
  storedName,
  uuidOf,
} from '../../domain/index.ts';
import type { Caller, Handlers } from '../../ports.ts';
import { readRecord, type Transaction } from '../../state/transaction.ts';
import { asResource, inTransaction, type ManagementContext, Reading } from './context.ts';

type Frontend = Handlers<typeof frontend.TeaclaveFrontend>;
type DataMethods = Pick<
  Frontend,
  | 'registerInputFile'
  | 'updateInputFile'
  | 'registerOutputFile'
  | 'updateOutputFile'
  | 'registerFusionOutput'
  | 'registerInputFromOutput'
  | 'getInputFile'
  | 'getOutputFile'
>;

const DATA_URL = /^data:text\/plain;base64,[A-Za-z0-9+/]*={0,2}$/;

/** Refuses URLs that the platform will not fetch from or write to. */
async function checkUrl(
  context: ManagementContext,
  caller: Caller,
  text: string,
  kind: 'input' | 'output',
): Promise<void> {
  const url = parseUrl(text);
  if (url.protocol === 'blob:') return context.blobs.requireUsable(caller.id, text, kind);
  if (url.protocol === 'http:' || url.protocol === 'https:') return context.requireAllowedUrl(url);
  if (url.protocol === 'data:' && kind === 'input') {
    if (DATA_URL.test(text)) return;
    throw refuse('bad-url', 'A data: URL has the form data:text/plain;base64,<base64>.');
  }
  throw refuse(
    'scheme-not-supported',
    `Scheme not supported: ${url.protocol} Upload the file, or give an https: URL that the operator allowed.`,
  );
}

function writeData(tx: Transaction, record: DataRecord, type: string, by: string): { dataId: string } {
  tx.put(keys.data(record.id), record);
  for (const owner of record.owners) tx.mark(keys.userData(owner, record.id));
  tx.event({ type, data: record.id, owners: record.owners, schema: record.crypto.schema, by });
  return { dataId: record.id };
}

/** An input's key and IV have content; nothing may be encrypted under them any more. */
async function noteInputIv(tx: Transaction, record: DataRecord): Promise<void> {
  const name = ivName(record.crypto);
  if (name === undefined) return;
  if (!(await tx.read<IvRecord>(keys.iv(name))))
    tx.put(keys.iv(name), { holder: record.id } satisfies IvRecord);
}

async function requireFreshIv(tx: Transaction, record: DataRecord): Promise<void> {
  const name = ivName(record.crypto);
  if (name !== undefined) checkIvFree(await tx.read<IvRecord>(keys.iv(name)), record.id);
}

export function dataMethods(context: ManagementContext): DataMethods {
  const { access } = context;
  const reading = new Reading(context);

  const register = (
    caller: Caller,
    kind: 'input' | 'output',
    url: string,
    record: Omit<DataRecord, 'id' | 'owners' | 'url'>,
  ) =>
    inTransaction(context, async (tx) => {
      await checkUrl(context, caller, url, kind);
      const data: DataRecord = { ...record, id: `${kind}-${context.ids()}`, owners: [caller.id], url };
      await (kind === 'input' ? noteInputIv(tx, data) : requireFreshIv(tx, data));
      return writeData(tx, data, `${kind}-registered`, caller.id);
    });

  /** A new record with another URL; the old id stays. */
  const update = (caller: Caller, kind: 'input' | 'output', id: string, url: string) =>
    inTransaction(context, async (tx, read) => {
      if (parseId(id, kind) === undefined) throw refuse('bad-id', `Invalid external id: ${id.slice(0, 80)}`);
      const before = await read.data(id, kind);
      access.require({
        caller,
        action: kind === 'input' ? 'UpdateInputFile' : 'UpdateOutputFile',
        resource: asResource.data(before),
      });
      await checkUrl(context, caller, url, kind);
      const { tag, ...rest } = before;
      const data: DataRecord = {
        ...rest,
        id: `${kind}-${context.ids()}`,
        url,
        ...(kind === 'input' && tag ? { tag } : {}),
      };
      if (kind === 'output') await requireFreshIv(tx, data);
      return writeData(tx, data, `${kind}-updated`, caller.id);
    });

  const get = async (caller: Caller, kind: 'input' | 'output', id: string) => {
    const data = await reading.data(id, kind);
    access.require({
      caller,
      action: kind === 'input' ? 'GetInputFile' : 'GetOutputFile',
      resource: asResource.data(data),
    });
    return { owner: [...data.owners], cmac: data.tag ?? new Uint8Array() };
  };

  return {
    async registerInputFile(caller, { url, cmac, cryptoInfo }) {
      const crypto = parseCrypto(cryptoInfo, 'input');
      const salt = crypto.schema === 'raw' && { salt: randomBytes(SALT_BYTES) };
      return register(caller, 'input', url, { tag: parseTag(cmac), crypto, ...salt });
    },
    registerOutputFile: async (caller, { url, cryptoInfo }) =>
      register(caller, 'output', url, { crypto: parseCrypto(cryptoInfo, 'output') }),
    updateInputFile: (caller, { dataId, url }) => update(caller, 'input', dataId, url),
    updateOutputFile: (caller, { dataId, url }) => update(caller, 'output', dataId, url),
    getInputFile: (caller, { dataId }) => get(caller, 'input', dataId),
    getOutputFile: (caller, { dataId }) => get(caller, 'output', dataId),

    async registerFusionOutput(caller, { ownerList }) {
      if (ownerList.length > limits.listEntries)
        throw refuse('too-many-entries', `At most ${limits.listEntries} owners.`);
      const owners = [...new Set(ownerList)].sort();
      access.require({
        caller,
        action: 'RegisterFusionOutput',
        resource: { type: 'Data', id: 'fusion', owners },
      });
      if (ownerList.length < 2) {
        throw refuse('too-few-owners', 'A fusion output belongs to at least two owners.');
      }
      const { url } = await context.blobs.createOutput(caller.id, 'fusion');
      const crypto = { schema: 'teaclave-file-128', key: randomBytes(16), iv: new Uint8Array() } as const;
      const data: DataRecord = { id: `output-${context.ids()}`, owners, url, crypto };
      return inTransaction(context, async (tx) => writeData(tx, data, 'fusion-output-registered', caller.id));
    },

    registerInputFromOutput: (caller, { dataId }) =>
      inTransaction(context, async (tx, read) => {
        const output = await read.data(dataId, 'output');
        access.require({ caller, action: 'RegisterInputFromOutput', resource: asResource.data(output) });
        return writeData(
          tx,
          inputFromOutput(output, `input-${uuidOf(output.id)}`),
          'input-from-output',
          caller.id,
        );
      }),
  };
}

/** gaiwan.v1.DataService. */
export function blobMethods(context: ManagementContext): Handlers<typeof gaiwan.DataService> {
  const { access, blobs, store } = context;
  const reading = new Reading(context);
  return {
    async createUpload(caller, { name, size }) {
      const { url, path, capability } = await blobs.createUpload(caller.id, name, Number(size));
      return { url, path, capability };
    },
    async resumeUpload(caller, { url }) {
      const { path, capability, received, complete } = await blobs.resumeUpload(caller.id, url);
      return { path, capability, received: BigInt(received), complete };
    },
    createOutput: (caller, { name }) => blobs.createOutput(caller.id, name),
    async createDownload(caller, { dataId }) {
      const data = await reading.data(dataId, 'input', 'output');
      access.require({ caller, action: 'CreateDownload', resource: asResource.data(data) });
      const { path, capability, size } = await blobs.createDownload(data);
      return {
        path,
        capability,
        size: BigInt(size),
        cmac: data.tag ?? new Uint8Array(),
        name: storedName(data.url),
        schema: data.crypto.schema,
      };
    },
    async listData(caller, { pageToken, pageSize }) {
      const page = await store.scan(keys.userDatas(caller.id), pageOf(pageToken, pageSize));
      const items = await Promise.all(
        page.entries.map(({ key }) => readRecord<DataRecord>(store, keys.data(key.at(-1) as string))),
      );
      return {
        items: items
          .filter((data) => data !== undefined)
          .map(({ id, owners, url, crypto, tag }) => ({
            dataId: id,
            owners: [...owners],
            name: url.startsWith('data:') ? '' : storedName(url),
            schema: crypto.schema,
            cmac: tag ?? new Uint8Array(),
          })),
        nextPageToken: page.next ?? '',
      };
    },
  };
}

export function pageOf(token: string, size: number): { limit: number; cursor?: string } {
  return {
    limit: size > 0 ? Math.min(size, limits.page) : limits.page,
    ...(token === '' ? {} : { cursor: token }),
  };
}
