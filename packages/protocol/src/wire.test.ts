import { existsSync, readFileSync } from 'node:fs';
import { create, type DescMessage, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import * as protocol from './index.ts';

const { accessControl, authentication, common, frontend, management, scheduler, storage } = protocol;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** One line a message: names, numbers and types as the bytes on the wire depend on them. */
function shape(message: DescMessage): string {
  return message.fields
    .map((field) => {
      const type =
        field.fieldKind === 'map' ? 'map' : (field.message?.name ?? field.enum?.name ?? field.scalar);
      return `${field.name}=${field.number}${field.fieldKind === 'list' ? '*' : ''}:${type}`;
    })
    .join(' ');
}
const methods = (service: DescService) => service.methods.map((method) => method.name).join(' ');

describe('the wire contract', () => {
  it('names every service and method', () => {
    expect(authentication.TeaclaveAuthenticationApi.typeName).toBe(
      'teaclave_authentication_service_proto.TeaclaveAuthenticationApi',
    );
    expect(methods(authentication.TeaclaveAuthenticationApi)).toBe(
      'UserRegister UserUpdate UserLogin UserChangePassword ResetUserPassword DeleteUser ListUsers',
    );
    expect(methods(authentication.TeaclaveAuthenticationInternal)).toBe('UserAuthenticate');
    expect(frontend.TeaclaveFrontend.typeName).toBe('teaclave_frontend_service_proto.TeaclaveFrontend');
    expect(frontend.TeaclaveFrontend.methods).toHaveLength(22);
    expect(methods(management.TeaclaveManagement)).toBe(`${methods(frontend.TeaclaveFrontend)} SaveLogs`);
    expect(methods(scheduler.TeaclaveScheduler)).toBe(
      'PublishTask Subscribe PullTask UpdateTaskStatus UpdateTaskResult Heartbeat',
    );
    expect(methods(storage.TeaclaveStorage)).toBe('Get Put Delete Enqueue Dequeue GetKeysByPrefix');
    expect(methods(accessControl.TeaclaveAccessControl)).toBe(
      'AuthorizeData AuthorizeFunction AuthorizeTask AuthorizeStagedTask',
    );
  });

  it('keeps the gaps in the field numbers', () => {
    expect(shape(frontend.RegisterFunctionRequestSchema)).toBe(
      'name=1:9 description=2:9 executor_type=3:9 public=4:8 payload=5:12 arguments=6*:FunctionArgument ' +
        'inputs=10*:FunctionInput outputs=11*:FunctionOutput user_allowlist=12*:9 usage_quota=13:5',
    );
    expect(shape(frontend.GetTaskResponseSchema)).toBe(
      'task_id=1:9 creator=2:9 function_id=3:9 function_owner=4:9 function_arguments=5:9 inputs_ownership=6*:OwnerList ' +
        'outputs_ownership=7*:OwnerList participants=8*:9 approved_users=9*:9 assigned_inputs=10*:DataMap ' +
        'assigned_outputs=11*:DataMap status=20:TaskStatus result=21:TaskResult',
    );
    expect(shape(frontend.CreateTaskRequestSchema)).toBe(
      'function_id=1:9 function_arguments=2:9 executor=3:9 inputs_ownership=10*:OwnerList outputs_ownership=11*:OwnerList',
    );
  });

  it('writes the bytes that other implementations read', () => {
    const empty = create(frontend.GetTaskResponseSchema, { result: {} });
    expect(hex(toBinary(frontend.GetTaskResponseSchema, empty))).toBe('aa0100');
    const failed = create(common.TaskResultSchema, { result: { case: 'Err', value: { reason: 'no' } } });
    expect(hex(toBinary(common.TaskResultSchema, failed))).toBe('12040a026e6f');
    const assigned = fromBinary(
      frontend.AssignDataRequestSchema,
      Buffer.from('0a017412060a0161120162', 'hex'),
    );
    expect(assigned).toMatchObject({ taskId: 't', inputs: [{ dataName: 'a', dataId: 'b' }] });
  });
});

const contract = new URL('../../../../shared/contracts/teaclave-platform.md', import.meta.url);
describe.skipIf(!existsSync(contract))('the contract document (skipped: not on this machine)', () => {
  it('agrees with every request and response of the frontend', () => {
    const rows = [
      ...readFileSync(contract, 'utf8').matchAll(/^\| `((?:\w+`, `)*\w+)` \| ([^|]+) \| ([^|]+) \|$/gm),
    ];
    let compared = 0;
    for (const [, names, request, response] of rows) {
      for (const name of (names as string).split('`, `')) {
        const method = frontend.TeaclaveFrontend.methods.find((candidate) => candidate.name === name);
        if (!method) continue;
        for (const [cell, message] of [
          [request, method.input],
          [response, method.output],
        ] as const) {
          for (const [, field, number] of (cell as string).matchAll(/(?:^|; )\s*(\w+) (\d+)/g)) {
            expect(message.fields.find((f) => f.name === field)?.number, `${name}.${field}`).toBe(
              Number(number),
            );
            compared++;
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(80);
  });
});
