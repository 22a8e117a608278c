/** Inputs and outputs: register, update, fuse, read (contract 3.4). */
import { randomBytes } from 'node:crypto';
import { type frontend, SALT_BYTES, type Subject } from '@gaiwan/protocol';
import {
  type DataRecord,
  inputFromOutput,
  limits,
  namesOf,
  parseCrypto,
  parseId,
  parseTag,
  uuidOf,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { type CommandCall, type Resource, wholePlatform } from '../../pipeline/spec.ts';
import { epochOf } from '../../state/epoch.ts';
import type { ManagementContext } from './context.ts';
import { checkUrl, claimOutput, type Kind, noteInputIv, type Registered, writeData } from './data-records.ts';
import { findOwners } from './owners.ts';
import { onInput, onOutput } from './resources.ts';

type Frontend = Handlers<typeof frontend.TeaclaveFrontend>;
type WithUrl<Found> = CommandCall<{ readonly url: string }, Found>;

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

const onFusion: Resource<{ readonly ownerList: readonly string[] }, readonly Subject[]> = {
  load: async (read, { ownerList }) => {
    if (ownerList.length > limits.listEntries.value)
      throw refuse('too-many-entries', `At most ${limits.listEntries.value} owners.`);
    const owners = await findOwners(read, [{ name: 'the fusion output', owners: ownerList }]);
    return owners.flatMap((one) => one.owners);
  },
  facts: (owners) => [{ type: 'Data', id: 'fusion', owners }],
};

async function register(
  context: ManagementContext,
  { tx, caller, request: { url } }: WithUrl<unknown>,
  kind: Kind,
  record: Pick<DataRecord, 'crypto' | 'tag' | 'salt'>,
): Promise<Registered> {
  await checkUrl(context, caller, url, kind);
  const epoch = kind === 'output' ? { epoch: await epochOf(tx) } : {};
  const id = `${kind}-${context.ids()}`;
  const data: DataRecord = { ...record, ...epoch, id, owners: [caller.subject], url };
  if (kind === 'input') await noteInputIv(tx, data);
  else await claimOutput(context, tx, data);
  return writeData(tx, data, `${kind}-registered`);
}

/** A new record with another URL; the old id stays. */
async function update(
  context: ManagementContext,
  { tx, caller, request: { url }, resource: before }: WithUrl<DataRecord>,
  kind: Kind,
): Promise<Registered> {
  await checkUrl(context, caller, url, kind);
  const { tag, ...rest } = before;
  const kept = kind === 'input' && tag ? { tag } : {};
  const data: DataRecord = { ...rest, id: `${kind}-${context.ids()}`, url, ...kept };
  if (kind === 'output') await claimOutput(context, tx, data);
  return writeData(tx, data, `${kind}-updated`);
}

const registerFusionOutput = (context: ManagementContext): Frontend['registerFusionOutput'] =>
  command({
    action: 'RegisterFusionOutput',
    resource: onFusion,
    run: async ({ tx, caller, request, resource: owners, once }) => {
      if (request.ownerList.length < 2)
        throw refuse('too-few-owners', 'A fusion output belongs to at least two owners.');
      const { url } = await once(() => context.blobs.createOutput(caller.subject, 'fusion'));
      const crypto = { schema: 'teaclave-file-128', key: randomBytes(16), iv: new Uint8Array() } as const;
      const epoch = await epochOf(tx);
      const data = { id: `output-${context.ids()}`, epoch, owners, url, crypto };
      await claimOutput(context, tx, data);
      return writeData(tx, data, 'fusion-output-registered');
    },
  });

const registerInputFromOutput: Frontend['registerInputFromOutput'] = command({
  action: 'RegisterInputFromOutput',
  resource: onOutput,
  run: ({ tx, resource: output }) =>
    writeData(tx, inputFromOutput(output, `input-${uuidOf(output.id)}`), 'input-from-output'),
});

const view = ({ owners, tag }: DataRecord) => ({ owner: namesOf(owners), cmac: tag ?? new Uint8Array() });

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

export const dataMethods = (context: ManagementContext): DataMethods => ({
  registerInputFile: command({
    action: 'RegisterInputFile',
    resource: wholePlatform,
    run: (call) => {
      const { cmac, cryptoInfo } = call.request;
      const crypto = parseCrypto(cryptoInfo, 'input');
      const salt = crypto.schema === 'raw' && { salt: randomBytes(SALT_BYTES) };
      return register(context, call, 'input', { tag: parseTag(cmac), crypto, ...salt });
    },
  }),
  registerOutputFile: command({
    action: 'RegisterOutputFile',
    resource: wholePlatform,
    run: (call) =>
      register(context, call, 'output', { crypto: parseCrypto(call.request.cryptoInfo, 'output') }),
  }),
  updateInputFile: command({
    action: 'UpdateInputFile',
    resource: forUpdate(onInput, 'input'),
    run: (call) => update(context, call, 'input'),
  }),
  updateOutputFile: command({
    action: 'UpdateOutputFile',
    resource: forUpdate(onOutput, 'output'),
    run: (call) => update(context, call, 'output'),
  }),
  getInputFile: query({ action: 'GetInputFile', resource: onInput, run: ({ resource }) => view(resource) }),
  getOutputFile: query({
    action: 'GetOutputFile',
    resource: onOutput,
    run: ({ resource }) => view(resource),
  }),
  registerFusionOutput: registerFusionOutput(context),
  registerInputFromOutput,
});
