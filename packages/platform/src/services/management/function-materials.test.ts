import { createHash } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import { readTrustedRoots } from '@gaiwan/provenance';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestSigstore, testSigstore } from '../../../../provenance/src/testing/sigstore.ts';
import { limits } from '../../domain/index.ts';
import { caller, ManagementTest } from '../../testing/management.ts';
import { subjectOf } from '../../testing/subjects.ts';

const { PROVENANCE, SBOM, SOURCE, UNSPECIFIED } = gaiwan.MaterialKind;
const vendor = caller('vendor', 'FunctionOwner');
const ann = caller('ann');
const ben = caller('ben');
const payload = new Uint8Array([1, 2, 3]);
const CODE = createHash('sha256').update(payload).digest('hex');
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const sbom = bytesOf('{"bomFormat":"CycloneDX","specVersion":"1.6"}');
const none = new Uint8Array();

let sigstore: TestSigstore;
beforeAll(async () => {
  sigstore = await testSigstore();
});
let test: ManagementTest;
beforeEach(async () => {
  test = await ManagementTest.open({}, undefined, readTrustedRoots(sigstore.trustedRoot));
});
afterEach(() => test.close());

const request = (more: object = {}) => ({
  name: 'f',
  executorType: 'builtin',
  payload,
  userAllowlist: ['ann'],
  ...more,
});
const register = (more: object = {}) => test.register(vendor, request(more));
async function registerHidden(): Promise<string> {
  const { registerHiddenFunction } = test.management.functions;
  const message = create(frontend.RegisterFunctionRequestSchema, request());
  return (await registerHiddenFunction(vendor, message)).functionId as string;
}
async function update(functionId: string, code: number): Promise<void> {
  const message = { ...request({ payload: new Uint8Array([code]) }), functionId };
  await test.management.frontend.updateFunction(
    vendor,
    create(frontend.UpdateFunctionRequestSchema, message),
  );
}
async function versionOf(functionId: string): Promise<Uint8Array> {
  const asked = create(gaiwan.ListFunctionVersionsRequestSchema, { functionId });
  const { versions } = await test.management.functions.listFunctionVersions(vendor, asked);
  return versions?.[0]?.version as Uint8Array;
}
interface Attached {
  readonly functionId: string;
  readonly kind: gaiwan.MaterialKind;
  readonly content: Uint8Array;
  readonly version?: Uint8Array;
}
async function attach(who: typeof ann, { version, ...material }: Attached): Promise<void> {
  const named = { ...material, version: version ?? (await versionOf(material.functionId)) };
  await test.management.functions.attachFunctionMaterial(
    who,
    create(gaiwan.AttachFunctionMaterialRequestSchema, named),
  );
}
const materialOf = (who: typeof ann, functionId: string, kind: gaiwan.MaterialKind, version: Uint8Array) =>
  test.management.functions.getFunctionMaterial(
    who,
    create(gaiwan.GetFunctionMaterialRequestSchema, { functionId, kind, version }),
  );
const ofTask = (who: typeof ann, taskId: string, kind: gaiwan.MaterialKind) =>
  test.management.tasks.getTaskMaterial(who, create(gaiwan.GetTaskMaterialRequestSchema, { taskId, kind }));
const itemsOfVendor = () => test.holdings.use({ user: subjectOf('vendor') }).items;

describe('what an owner attaches to a version', () => {
  it('is read by participants of its tasks, and by those who may use it', async () => {
    const functionId = await register();
    const provenance = await sigstore.attest(CODE);
    await attach(vendor, { functionId, kind: PROVENANCE, content: provenance });
    await attach(vendor, { functionId, kind: SBOM, content: sbom });
    await attach(vendor, { functionId, kind: SOURCE, content: payload });
    const task = await test.createTask(ann, functionId);
    const attached = [
      { kind: PROVENANCE, bytes: BigInt(provenance.length) },
      { kind: SBOM, bytes: BigInt(sbom.length) },
      { kind: SOURCE, bytes: 3n, sha256: Buffer.from(CODE, 'hex') },
    ];
    expect(await ofTask(ann, task, PROVENANCE)).toMatchObject({ content: provenance, attached });
    expect(await ofTask(ann, task, SOURCE)).toMatchObject({ content: payload });
    const version = await versionOf(functionId);
    expect(await materialOf(ann, functionId, SBOM, version)).toMatchObject({ content: sbom, attached });
    // As its code is: for participants.
    expect(await materialOf(ann, functionId, SOURCE, version)).toMatchObject({ content: none, attached });
    await expect(ofTask(ben, task, PROVENANCE)).rejects.toMatchObject({ policyId: 'task-participants-only' });
    await expect(materialOf(ben, functionId, SBOM, version)).rejects.toMatchObject({
      policyId: 'deny-by-default',
    });
  });

  it('is attached by its owner alone', async () => {
    const functionId = await register({ public: true });
    for (const who of [ann, caller('admin', 'PlatformAdmin')])
      await expect(attach(who, { functionId, kind: SBOM, content: sbom })).rejects.toMatchObject({
        code: 'access-denied',
      });
  });

  it('is replaced, counts once, and goes with its function', async () => {
    const functionId = await register();
    const before = itemsOfVendor();
    await attach(vendor, { functionId, kind: SBOM, content: sbom });
    const other = bytesOf('{"spdxVersion":"SPDX-2.3"}');
    await attach(vendor, { functionId, kind: SBOM, content: other });
    expect(itemsOfVendor()).toBe(before + 1);
    const { content, attached } = await materialOf(vendor, functionId, SBOM, await versionOf(functionId));
    expect(content).toEqual(other);
    expect(attached).toHaveLength(1);
    await test.management.frontend.deleteFunction(
      vendor,
      create(frontend.DeleteFunctionRequestSchema, { functionId }),
    );
    expect(itemsOfVendor()).toBe(before - 1);
  });

  it('stays with its version, as long as that is listed', async () => {
    const functionId = await register();
    const first = await versionOf(functionId);
    await attach(vendor, { functionId, kind: SBOM, content: sbom });
    const before = itemsOfVendor();
    for (let code = 0; code < limits.formerVersions.value; code += 1) await update(functionId, code);
    expect(await materialOf(vendor, functionId, SBOM, first)).toMatchObject({ content: sbom });
    expect(itemsOfVendor()).toBe(before + limits.formerVersions.value);
    await update(functionId, 100);
    expect(await materialOf(vendor, functionId, SBOM, first)).toMatchObject({ content: none, attached: [] });
    expect(itemsOfVendor()).toBe(before + limits.formerVersions.value);
    await expect(
      attach(vendor, { functionId, kind: SBOM, content: sbom, version: first }),
    ).rejects.toMatchObject({ code: 'unknown-version' });
  });

  it('never shows hidden code, and may say who built it', async () => {
    const functionId = await registerHidden();
    await expect(attach(vendor, { functionId, kind: SOURCE, content: payload })).rejects.toMatchObject({
      code: 'bad-material',
    });
    const provenance = await sigstore.attest(CODE);
    await attach(vendor, { functionId, kind: PROVENANCE, content: provenance });
    const task = await test.createTask(ann, functionId);
    expect(await ofTask(ann, task, PROVENANCE)).toMatchObject({ content: provenance });
  });

  it('is not shown where the code of the task is hidden by a later registration of the same version', async () => {
    const functionId = await register();
    await attach(vendor, { functionId, kind: SOURCE, content: payload });
    const open = await test.createTask(ann, functionId);
    const message = create(frontend.UpdateFunctionRequestSchema, { ...request(), functionId });
    await test.management.functions.updateHiddenFunction(vendor, message);
    const hidden = await test.createTask(ann, functionId);
    expect(await ofTask(ann, open, SOURCE)).toMatchObject({ content: payload });
    expect(await ofTask(ann, hidden, SOURCE)).toMatchObject({ content: none });
  });

  it.each<[string, gaiwan.MaterialKind, () => Uint8Array | Promise<Uint8Array>, string]>([
    ['provenance of other code', PROVENANCE, () => sigstore.attest('00'.repeat(32)), 'bad-provenance'],
    [
      'provenance by a root of its own',
      PROVENANCE,
      async () => (await testSigstore()).attest(CODE),
      'bad-provenance',
    ],
    ['provenance that is none', PROVENANCE, () => sbom, 'bad-provenance'],
    ['a provenance of 1 MiB and a byte', PROVENANCE, () => new Uint8Array(2 ** 20 + 1), 'bad-material'],
    ['an SBOM that is none', SBOM, () => bytesOf('{"bomFormat":"x"}'), 'bad-material'],
    ['an SBOM that is no JSON', SBOM, () => bytesOf('x'), 'bad-material'],
    ['an SBOM that is null', SBOM, () => bytesOf('null'), 'bad-material'],
    ['nothing', SOURCE, () => none, 'bad-material'],
    ['a source of 16 MiB and a byte', SOURCE, () => new Uint8Array(2 ** 24 + 1), 'bad-material'],
    ['no kind', UNSPECIFIED, () => sbom, 'bad-material'],
  ])('%s is refused', async (_, kind, content, code) => {
    const functionId = await register();
    const given = { functionId, kind, content: await content() };
    await expect(attach(vendor, given)).rejects.toMatchObject({ code });
    const { attached } = await materialOf(vendor, functionId, SBOM, await versionOf(functionId));
    expect(attached).toEqual([]);
  });

  it('is no provenance where the operator has given no roots', async () => {
    await test.close();
    test = await ManagementTest.open();
    const functionId = await register();
    const content = await sigstore.attest(CODE);
    await expect(attach(vendor, { functionId, kind: PROVENANCE, content })).rejects.toMatchObject({
      code: 'no-build-roots',
    });
  });
});
