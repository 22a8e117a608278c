/** That what the other limits allow fits into the largest message of its method, as the longest of the forms on the wire has it. */
import { create, type DescMessage, type MessageInitShape, toBinary, toJsonString } from '@bufbuild/protobuf';
import { authentication, frontend, gaiwan } from '@gaiwan/protocol';
import { expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { largestMessageOf } from './largest-messages.ts';

const { value: entries } = limits.listEntries;
/** Of three bytes each. */
const name = '名'.repeat(limits.name.value);
const ids = (length: number) => Array.from({ length }, () => 'x'.repeat(limits.userId.value));
const many = <T>(length: number, item: T): T[] => Array.from({ length }, () => item);

const wireBytes = <Message extends DescMessage>(schema: Message, init: MessageInitShape<Message>): number => {
  const message = create(schema, init);
  return Math.max(toBinary(schema, message).length, Buffer.byteLength(toJsonString(schema, message)));
};

const login = { id: '"'.repeat(limits.userId.value), password: '"'.repeat(limits.password.value) };
const code = {
  name,
  description: '名'.repeat(limits.description.value),
  arguments: many(entries, { key: name, defaultValue: 'x'.repeat(100), allowOverwrite: true }),
  inputs: many(entries, { name, description: name }),
  outputs: many(entries, { name, description: name }),
  userAllowlist: ids(entries),
};
/** The code itself, as JSON has it. */
const payload = Math.ceil(limits.payload.value / 3) * 4;
const owned = (uids: number) => many(100, { dataName: name, uids: ids(uids) });
const maps = many(entries, { dataName: name, dataId: `output-${'0'.repeat(36)}` });

it.each<[string, number]>([
  ['UserLogin', wireBytes(authentication.UserLoginRequestSchema, login)],
  ['UserRegister', wireBytes(authentication.UserRegisterRequestSchema, { ...login, attribute: login.id })],
  [
    'GetEvidence',
    wireBytes(gaiwan.GetEvidenceRequestSchema, { nonce: new Uint8Array(limits.nonceLongest.value) }),
  ],
  ['RegisterFunction', payload + wireBytes(frontend.RegisterFunctionRequestSchema, code)],
  [
    'UpdateFunction',
    payload + wireBytes(frontend.UpdateFunctionRequestSchema, { ...code, functionId: name }),
  ],
  [
    'RegisterFusionOutput',
    wireBytes(frontend.RegisterFusionOutputRequestSchema, { ownerList: ids(entries) }),
  ],
  ['AssignData', wireBytes(frontend.AssignDataRequestSchema, { inputs: maps, outputs: maps })],
  ['ReplaceData', wireBytes(gaiwan.ReplaceDataRequestSchema, { inputs: maps, outputs: maps })],
  [
    'CreateTask',
    wireBytes(frontend.CreateTaskRequestSchema, {
      // Of as many characters as arguments may have, all of which JSON writes as two.
      functionArguments: '"'.repeat(4 << 20),
      inputsOwnership: owned(20),
      outputsOwnership: owned(20),
    }),
  ],
  ['SetTaskOptions', wireBytes(gaiwan.SetTaskOptionsRequestSchema, { logs: { readers: ids(entries) } })],
])('%s takes all that its other limits allow', (method, bytes) => {
  expect(bytes).toBeLessThanOrEqual(largestMessageOf(method));
});
