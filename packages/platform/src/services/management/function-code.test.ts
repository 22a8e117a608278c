import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isCodeHidden } from '../../domain/index.ts';
import { caller, ManagementTest } from '../../testing/management.ts';

let test: ManagementTest;
beforeEach(async () => {
  test = await ManagementTest.open();
});
afterEach(() => test.close());

const { SHOWN, HIDDEN, FOR_PARTICIPANTS } = gaiwan.CodeAccess;
const vendor = caller('vendor', 'FunctionOwner');
const ann = caller('ann');
const ben = caller('ben');
const payload = new Uint8Array([1, 2, 3]);
const none = new Uint8Array();
const register = async (codeHidden: boolean, more: object = {}) => {
  const request = { name: 'f', executorType: 'builtin', payload, userAllowlist: ['ann'], ...more };
  if (!codeHidden) return test.register(vendor, request);
  return (
    await test.management.functions.registerHiddenFunction(
      vendor,
      create(frontend.RegisterFunctionRequestSchema, request),
    )
  ).functionId as string;
};
const codeOf = (who: typeof ann, functionId: string) =>
  test.management.functions.getFunctionCode(who, create(gaiwan.GetFunctionCodeRequestSchema, { functionId }));
const taskCode = (who: typeof ann, taskId: string) =>
  test.management.tasks.getTaskCode(who, create(gaiwan.GetTaskCodeRequestSchema, { taskId }));

describe('the code of a function', () => {
  it('is for participants of its tasks, by the task', async () => {
    const id = await register(false);
    expect(await codeOf(vendor, id)).toMatchObject({ access: SHOWN, payload });
    expect(await codeOf(ann, id)).toMatchObject({ access: FOR_PARTICIPANTS, payload: none });
    await expect(codeOf(ben, id)).rejects.toMatchObject({ policyId: 'deny-by-default' });
    const task = await test.createTask(ann, id);
    expect(await taskCode(ann, task)).toMatchObject({ access: SHOWN, payload });
    await expect(taskCode(ben, task)).rejects.toMatchObject({ policyId: 'task-participants-only' });
  });

  it('that is hidden is for its owner alone, also of what everybody may use', async () => {
    for (const more of [{}, { public: true }]) {
      const id = await register(true, more);
      expect(await codeOf(ann, id)).toMatchObject({ access: HIDDEN, payload: none });
      expect(await codeOf(vendor, id)).toMatchObject({ access: SHOWN, payload });
      const task = await test.createTask(ann, id);
      expect(await taskCode(ann, task)).toMatchObject({ access: HIDDEN, payload: none });
    }
  });

  it('of a record from before is hidden where nobody could read it', () => {
    expect(isCodeHidden({ public: false })).toBe(true);
    expect(isCodeHidden({ public: true })).toBe(false);
    expect(isCodeHidden({ public: true, codeHidden: true })).toBe(true);
  });
});
