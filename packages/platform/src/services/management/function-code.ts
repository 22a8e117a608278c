/** The code of functions, for those who may read it: whoever approves a task can look at what runs. */
import { functionDefinitionBytes, gaiwan } from '@gaiwan/protocol';
import { type FunctionVersion, isCodeHidden } from '../../domain/index.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { query } from '../../pipeline/method.ts';
import { type Proof, seesResults } from '../../pipeline/signatures.ts';
import { onFunction, onTask } from './resources.ts';

type FunctionService = Handlers<typeof gaiwan.FunctionService>;
const { SHOWN, HIDDEN, FOR_PARTICIPANTS, SIGNATURE_MISSING } = gaiwan.CodeAccess;

/** `access`: what holds of a caller whose call is signed, or whose account has no key. */
function codeOf({ definition, payload }: FunctionVersion, access: gaiwan.CodeAccess, proof?: Proof) {
  const unsigned = access === SHOWN && proof !== undefined && !seesResults(proof);
  return {
    definition: functionDefinitionBytes(definition),
    payload: access === SHOWN && !unsigned ? payload : new Uint8Array(),
    access: unsigned ? SIGNATURE_MISSING : access,
  };
}

export const getFunctionCode: FunctionService['getFunctionCode'] = query({
  action: 'GetFunctionCode',
  resource: onFunction,
  run: async ({ read, resource: record, permits, proof }) => {
    const version = await read.version(record.version);
    const hidden = isCodeHidden(record);
    // What everybody reads needs no signature.
    if (record.public && !hidden) return codeOf(version, SHOWN);
    return codeOf(version, permits('GetFunctionPayload') ? SHOWN : hidden ? HIDDEN : FOR_PARTICIPANTS, proof);
  },
});

/** Access control lets participants through, and nobody else. */
export const getTaskCode: Handlers<typeof gaiwan.TaskService>['getTaskCode'] = query({
  action: 'GetTaskCode',
  resource: onTask,
  run: async ({ caller, read, resource: task, proof }) => {
    const version = await read.version(task.function.version);
    const isShown = task.codeHidden === false || task.function.owner === caller.subject;
    return codeOf(version, isShown ? SHOWN : HIDDEN, proof);
  },
});

export const listFunctionVersions: FunctionService['listFunctionVersions'] = query({
  action: 'ListFunctionVersions',
  resource: onFunction,
  run: ({ resource: record }) => {
    const { version, since = 0, formerVersions = [] } = record;
    const present = { version, since, codeHidden: isCodeHidden(record) };
    return {
      versions: [present, ...formerVersions].map((each) => ({
        version: Buffer.from(each.version, 'hex'),
        since: BigInt(each.since),
        codeHidden: each.codeHidden,
      })),
    };
  },
});
