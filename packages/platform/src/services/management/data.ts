/** Inputs and outputs: register, update, fuse, read (contract 3.4). */
import { randomBytes } from 'node:crypto';
import type { frontend } from '@gaiwan/protocol';
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
  uuidOf,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { type CommandCall, type Effect, type Resource, wholePlatform } from '../../pipeline/spec.ts';
import type { Caller } from '../../ports.ts';
import type { ManagementContext } from './context.ts';
import { onInput, onOutput } from './resources.ts';

type DataMethods = Pick<
  Handlers<typeof frontend.TeaclaveFrontend>,
  | 'registerInputFile'
  | 'updateInputFile'
  | 'registerOutputFile'
  | 'updateOutputFile'
  | 'registerFusionOutput'
  | 'registerInputFromOutput'
  | 'getInputFile'
  | 'getOutputFile'
>;

type Kind = 'input' | 'output';
type Writes = CommandCall<unknown, unknown>['tx'];
type Registered = Effect<{ readonly dataId: string }>;

const DATA_URL = /^data:text\/plain;base64,[A-Za-z0-9+/]*={0,2}$/;

/** Refuses URLs that the platform will not fetch from or write to. */
async function checkUrl(context: ManagementContext, caller: Caller, text: string, kind: Kind): Promise<void> {
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

function writeData(tx: Writes, record: DataRecord, type: string): Registered {
  tx.put(keys.data(record.id), record);
  for (const owner of record.owners) tx.mark(keys.userData(owner, record.id));
  return {
    reply: { dataId: record.id },
    event: { type, data: record.id, owners: record.owners, schema: record.crypto.schema },
  };
}

/** An input's key and IV have content; nothing may be encrypted under them any more. */
async function noteInputIv(tx: Writes, record: DataRecord): Promise<void> {
  const name = ivName(record.crypto);
  if (name === undefined) return;
  if (!(await tx.read<IvRecord>(keys.iv(name))))
    tx.put(keys.iv(name), { holder: record.id } satisfies IvRecord);
}

async function requireFreshIv(tx: Writes, record: DataRecord): Promise<void> {
  const name = ivName(record.crypto);
  if (name !== undefined) checkIvFree(await tx.read<IvRecord>(keys.iv(name)), record.id);
}

/** The data of an update, whose id is looked at before anything is looked up. */
const forUpdate = (on: typeof onInput, kind: Kind): typeof onInput => ({
  ...on,
  load: (read, request, caller) => {
    const { dataId } = request;
    if (parseId(dataId, kind) === undefined)
      throw refuse('bad-id', `Invalid external id: ${dataId.slice(0, 80)}`);
    return on.load(read, request, caller);
  },
});

const onFusion: Resource<{ readonly ownerList: readonly string[] }, readonly string[]> = {
  load: (_read, { ownerList }) => {
    if (ownerList.length > limits.listEntries)
      throw refuse('too-many-entries', `At most ${limits.listEntries} owners.`);
    return [...new Set(ownerList)].sort();
  },
  facts: (owners) => [{ type: 'Data', id: 'fusion', owners }],
};

export function dataMethods(context: ManagementContext): DataMethods {
  type Urls = CommandCall<{ readonly url: string }, unknown>;

  const register = async (
    { tx, caller, request: { url } }: Urls,
    kind: Kind,
    record: Pick<DataRecord, 'crypto' | 'tag'>,
  ): Promise<Registered> => {
    await checkUrl(context, caller, url, kind);
    const data: DataRecord = { ...record, id: `${kind}-${context.ids()}`, owners: [caller.id], url };
    await (kind === 'input' ? noteInputIv(tx, data) : requireFreshIv(tx, data));
    return writeData(tx, data, `${kind}-registered`);
  };

  /** A new record with another URL; the old id stays. */
  const update = async (
    { tx, caller, request: { url }, resource: before }: Urls & CommandCall<unknown, DataRecord>,
    kind: Kind,
  ): Promise<Registered> => {
    await checkUrl(context, caller, url, kind);
    const { tag, ...rest } = before;
    const kept = kind === 'input' && tag ? { tag } : {};
    const data: DataRecord = { ...rest, id: `${kind}-${context.ids()}`, url, ...kept };
    if (kind === 'output') await requireFreshIv(tx, data);
    return writeData(tx, data, `${kind}-updated`);
  };

  const view = ({ owners, tag }: DataRecord) => ({ owner: [...owners], cmac: tag ?? new Uint8Array() });

  return {
    registerInputFile: command({
      action: 'RegisterInputFile',
      resource: wholePlatform,
      run: (call) => {
        const { cmac, cryptoInfo } = call.request;
        return register(call, 'input', { tag: parseTag(cmac), crypto: parseCrypto(cryptoInfo, 'input') });
      },
    }),
    registerOutputFile: command({
      action: 'RegisterOutputFile',
      resource: wholePlatform,
      run: (call) => register(call, 'output', { crypto: parseCrypto(call.request.cryptoInfo, 'output') }),
    }),
    updateInputFile: command({
      action: 'UpdateInputFile',
      resource: forUpdate(onInput, 'input'),
      run: (call) => update(call, 'input'),
    }),
    updateOutputFile: command({
      action: 'UpdateOutputFile',
      resource: forUpdate(onOutput, 'output'),
      run: (call) => update(call, 'output'),
    }),
    getInputFile: query({
      action: 'GetInputFile',
      resource: onInput,
      run: ({ resource }) => view(resource),
    }),
    getOutputFile: query({
      action: 'GetOutputFile',
      resource: onOutput,
      run: ({ resource }) => view(resource),
    }),

    registerFusionOutput: command({
      action: 'RegisterFusionOutput',
      resource: onFusion,
      run: async ({ tx, caller, request, resource: owners, once }) => {
        if (request.ownerList.length < 2)
          throw refuse('too-few-owners', 'A fusion output belongs to at least two owners.');
        const { url } = await once(() => context.blobs.createOutput(caller.id, 'fusion'));
        const crypto = { schema: 'teaclave-file-128', key: randomBytes(16), iv: new Uint8Array() } as const;
        const data: DataRecord = { id: `output-${context.ids()}`, owners, url, crypto };
        return writeData(tx, data, 'fusion-output-registered');
      },
    }),

    registerInputFromOutput: command({
      action: 'RegisterInputFromOutput',
      resource: onOutput,
      run: ({ tx, resource: output }) =>
        writeData(tx, inputFromOutput(output, `input-${uuidOf(output.id)}`), 'input-from-output'),
    }),
  };
}
