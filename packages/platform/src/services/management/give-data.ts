/** Putting data into a task's slots: assigning and replacing. */
import {
  type Assignment,
  checkEpochOfOutput,
  checkIvFree,
  type IvRecord,
  ivName,
  keys,
  limits,
  type TaskRecord,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { CommandCall, Effect } from '../../pipeline/spec.ts';
import { epochOf } from '../../state/epoch.ts';
import type { Reading } from '../../state/reading.ts';
import { takeStep } from '../../tasks/steps.ts';
import { requireId } from './resources.ts';

type DataMaps = readonly { readonly dataName: string; readonly dataId: string }[];
interface DataRequest {
  readonly inputs: DataMaps;
  readonly outputs: DataMaps;
}
type Call = CommandCall<DataRequest, TaskRecord>;

/** From its assignment on, an output's key and IV are its own. */
export async function giveData(call: Call, operation: 'assign' | 'replace'): Promise<Effect<object>> {
  const { tx, caller, read, request, resource: before } = call;
  const inputs = await readAssignments(read, request.inputs, 'input');
  const outputs = await readAssignments(read, request.outputs, 'output');
  const { task, event } = takeStep(tx, { operation, before, given: { by: caller.subject, inputs, outputs } });
  await reserveIvs(tx, outputs);
  const data = [...request.inputs, ...request.outputs].map(({ dataId }) => dataId);
  return { reply: {}, event: { ...event, data }, task };
}

async function readAssignments(
  read: Reading,
  maps: DataMaps,
  kind: 'input' | 'output',
): Promise<Assignment[]> {
  if (maps.length > limits.listEntries.value)
    throw refuse('too-many-entries', `At most ${limits.listEntries.value} assignments in one call.`);
  const assignments: Assignment[] = [];
  for (const { dataName, dataId } of maps) {
    requireId(dataId, kind);
    assignments.push({ slot: dataName, data: await read.data(dataId, kind) });
  }
  return assignments;
}

async function reserveIvs(tx: Call['tx'], outputs: readonly Assignment[]): Promise<void> {
  for (const { data } of outputs) {
    const name = ivName(data.crypto);
    if (name === undefined) continue;
    checkEpochOfOutput(data.id, data.epoch, await epochOf(tx));
    checkIvFree(await tx.read<IvRecord>(keys.iv(name)), data.id);
    tx.put(keys.iv(name), { holder: data.id } satisfies IvRecord);
  }
}
