/** Inputs and outputs: register, update, fuse, read (contract 3.4). */
import { randomBytes } from 'node:crypto';
import { type frontend, SALT_BYTES, type Subject } from '@gaiwan/protocol';
import {
  type DataRecord,
  inputFromOutput,
  limits,
  namesOf,
  parseCrypto,
  parseTag,
  requireUrl,
  uuidOf,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { type CommandCall, type Resource, wholePlatform } from '../../pipeline/spec.ts';
import { epochOf } from '../../state/epoch.ts';
import type { ManagementContext } from './context.ts';
import { claimOutput, type Kind, noteInputIv, placeOf, type Registered, writeData } from './data-records.ts';
import { findOwners } from './owners.ts';
import { onInput, onOutput, requireId } from './resources.ts';

type Frontend = Handlers<typeof frontend.TeaclaveFrontend>;
type WithUrl<Found> = CommandCall<{ readonly url: string }, Found>;

/** The data of an update, whose id is looked at before anything is looked up. */
const forUpdate = (on: typeof onInput, kind: Kind): typeof onInput => ({
  ...on,
  load: (read, request, caller) => {
    const { dataId } = request;
    requireId(dataId, kind);
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
  call: WithUrl<unknown>,
  kind: Kind,
  record: Pick<DataRecord, 'crypto' | 'tag' | 'salt'>,
): Promise<Registered> {
  const { tx, caller, request } = call;
  const { url, content } = await placeOf(context, caller, request.url, kind);
  const epoch = kind === 'output' ? { epoch: await epochOf(tx) } : {};
  const id = `${kind}-${context.ids()}`;
  const data: DataRecord = { ...record, ...epoch, id, owners: [caller.subject], url };
  await (kind === 'input' ? noteInputIv(tx, data) : claimOutput(context, tx, data));
  return writeData(context, call, { record: data, content, type: `${kind}-registered` });
}

/** A new record with another URL; the old id stays. */
async function update(
  context: ManagementContext,
  call: WithUrl<DataRecord>,
  kind: Kind,
): Promise<Registered> {
  const { tx, caller, request, resource: before } = call;
  const { url, content } = await placeOf(context, caller, request.url, kind);
  const { tag, ...rest } = before;
  const kept = kind === 'input' && tag ? { tag } : {};
  const data: DataRecord = { ...rest, id: `${kind}-${context.ids()}`, url, ...kept };
  if (kind === 'output') await claimOutput(context, tx, data);
  return writeData(context, call, { record: data, content, type: `${kind}-updated` });
}

const registerFusionOutput = (context: ManagementContext): Frontend['registerFusionOutput'] =>
  command({
    action: 'RegisterFusionOutput',
    resource: onFusion,
    run: async (call) => {
      const { tx, caller, request, resource: owners } = call;
      if (request.ownerList.length < 2)
        throw refuse('too-few-owners', 'A fusion output belongs to at least two owners.');
      const id = `output-${context.ids()}`;
      const { url } = await context.blobs.createOutput(tx, caller.subject, 'fusion', id);
      const crypto = { schema: 'teaclave-file-128', key: randomBytes(16), iv: new Uint8Array() } as const;
      const epoch = await epochOf(tx);
      const record = { id, epoch, owners, url, crypto };
      return writeData(context, call, { record, type: 'fusion-output-registered' });
    },
  });

const registerInputFromOutput = (context: ManagementContext): Frontend['registerInputFromOutput'] =>
  command({
    action: 'RegisterInputFromOutput',
    resource: onOutput,
    run: async (call) => {
      const record = inputFromOutput(call.resource, `input-${uuidOf(call.resource.id)}`);
      return writeData(context, call, { record, type: 'input-from-output' });
    },
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
      const { url, cmac, cryptoInfo } = call.request;
      // The first fault is the answer, in the order of the fields.
      requireUrl(url);
      const tag = parseTag(cmac);
      const crypto = parseCrypto(cryptoInfo, 'input');
      const salt = crypto.schema === 'raw' && { salt: randomBytes(SALT_BYTES) };
      return register(context, call, 'input', { tag, crypto, ...salt });
    },
  }),
  registerOutputFile: command({
    action: 'RegisterOutputFile',
    resource: wholePlatform,
    run: (call) => {
      const { url, cryptoInfo } = call.request;
      requireUrl(url);
      return register(context, call, 'output', { crypto: parseCrypto(cryptoInfo, 'output') });
    },
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
  registerInputFromOutput: registerInputFromOutput(context),
});
