/**
 * A bank that holds its own key, and all that others could want of it: a task that ended, with result, log and output; one that both
 * participants have approved; one that only the other has; one that runs, or waits to; files; a function with code.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type DescMessage } from '@bufbuild/protobuf';
import type { Gaiwan, Signer } from '@gaiwan/client';
import { authorityOfMethod, type gaiwan, SIGNATURE_HEADER } from '@gaiwan/protocol';
import { statementOf, TestKey } from '../../../packages/platform/src/testing/keys.ts';
import type { TestPlatform } from '../platform.ts';
import { approve } from '../three-banks.ts';
import { freshMarker, Markers } from './markers.ts';
import { waiting } from './waiting.ts';
import { publicMethods, type Told, type Wire } from './wire.ts';

const PASSWORD = 'a test password';

/** A row of the input each: for nobody, for the log, for the output, for the result. */
const code = `export function main(inputs, outputs) {
  const [, log, output, result] = inputs.data.text().split(' ');
  console.log(log);
  outputs.out.write(output);
  return result;
}`;

export interface Bank {
  readonly name: string;
  readonly password: string;
  readonly client: Gaiwan;
  readonly key: TestKey;
  /** Another party, whose tasks these are too. */
  readonly other: Gaiwan;
  readonly otherName: string;
  readonly lab: string;
  readonly boss: string;
  readonly functionId: string;
  /** Which the lab lets the bank's group use, and whose code is the lab's alone. */
  readonly privateId: string;
  /** Of that function; its source, which has the code, is attached. */
  readonly privateVersion: Uint8Array;
  readonly inputId: string;
  readonly outputId: string;
  readonly inputUrl: string;
  readonly uploadUrl: string;
  readonly uploadPath: string;
  readonly downloadPath: string;
  readonly tasks: Readonly<Record<'ended' | 'approved' | 'half' | 'underWay', string>>;
  readonly digest: Uint8Array;
  /** Of the bank and the other, of tasks like `half`. */
  readonly agreementId: string;
  readonly markers: Markers;
  /** Those by their names. */
  readonly secrets: Readonly<Record<string, string | Uint8Array>>;
}

const signerOf = (key: TestKey): Signer => ({
  algorithm: 'Ed25519',
  publicKey: key.account.publicKey,
  sign: (bytes) => key.sign(bytes),
});

const DAY = 86_400_000;

interface People {
  readonly name: string;
  readonly client: Gaiwan;
  readonly lab: Gaiwan;
  readonly other: Gaiwan;
  readonly key: TestKey;
  readonly password: string;
  readonly recovery: string;
}

/** `lab-NAME` owns the function, `boss-NAME` is the manager that invited the bank into its group, `other-NAME` is the other party. */
async function people(platform: TestPlatform, name: string): Promise<People> {
  const group = `group-${name}`;
  const admin = await platform.admin();
  await admin.users.register({
    id: `boss-${name}`,
    password: PASSWORD,
    role: 'DataOwnerManager',
    attribute: group,
  });
  admin.close();
  const boss = await platform.connect(`boss-${name}`);
  const password = freshMarker();
  await boss.users.register({ id: name, password, role: 'DataOwner', attribute: group });
  boss.close();
  const lab = await platform.user(`lab-${name}`, 'FunctionOwner', '');
  const other = await platform.user(`other-${name}`);
  const key = new TestKey();
  const client = await platform.connect();
  const { recoveryCode } = await client.login(name, password, { signer: signerOf(key) });
  return { name, client, lab, other, key, password, recovery: recoveryCode?.reveal() ?? '' };
}

interface Material {
  readonly functionId: string;
  readonly endlessId: string;
  readonly argument: string;
  readonly ofBank: string;
  readonly ofOther: string;
  readonly outputId: string;
}

async function makeTasks({ client, other, name }: People, its: Material): Promise<Bank['tasks']> {
  const make = async (functionId: string, executor: string, outputId: string) => {
    const taskId = await client.tasks.create({
      functionId,
      executor,
      arguments: { note: its.argument },
      inputs: { data: [name], more: [`other-${name}`] },
      outputs: { out: [name] },
      logs: ['creator'],
      limits: { timeMs: DAY, cpuMs: DAY },
    });
    await client.tasks.assign(taskId, { inputs: { data: its.ofBank }, outputs: { out: outputId } });
    await other.tasks.assign(taskId, { inputs: { more: its.ofOther } });
    await approve(other, taskId);
    return taskId;
  };
  const fresh = () => client.data.createOutput({ name: 'x.enc', key: fileKey() });
  const ended = await make(its.functionId, 'javascript', its.outputId);
  await approve(client, ended);
  await client.tasks.invoke(ended);
  await client.tasks.result(ended);
  const approved = await make(its.functionId, 'javascript', await fresh());
  await approve(client, approved);
  const half = await make(its.functionId, 'javascript', await fresh());
  const underWay = await make(its.endlessId, waiting.executor, await fresh());
  await approve(client, underWay);
  await client.tasks.invoke(underWay);
  return { ended, approved, half, underWay };
}

/** A call of the bank's own, signed with its key. */
export async function asBank(
  wire: Wire,
  { client, key, name }: Pick<Bank, 'client' | 'key' | 'name'>,
  action: string,
  request: Readonly<Record<string, unknown>>,
): Promise<Told> {
  const found = publicMethods.find(({ method }) => method.name === action);
  if (found === undefined) throw new Error(`there is no ${action}`);
  const { input } = found.method;
  const { subject } = await client.keys.account();
  const where = { instance: client.instance ?? '', subject, time: Date.now() - 1000 };
  const headers = { id: name, token: client.token.reveal() };
  if (authorityOfMethod(action)?.signature === 'none') return wire.call(found, headers, request);
  const signature = key.text(statementOf(action, input, create<DescMessage>(input, request), where));
  return wire.call(found, { ...headers, [SIGNATURE_HEADER]: signature }, request);
}

const fileKey = () => ({ scheme: 'aes-gcm-256' as const, key: randomBytes(32), iv: randomBytes(12) });

export async function bankOn(platform: TestPlatform, wire: Wire, name: string): Promise<Bank> {
  const all = await people(platform, name);
  const { client, lab, other } = all;
  const [input, log, output, result, argument, ofCode] = Array.from({ length: 6 }, freshMarker) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const definition = {
    description: 'of the lab',
    public: true,
    arguments: [{ key: 'note', allowOverwrite: true }],
    inputs: [{ name: 'data' }, { name: 'more' }],
    outputs: [{ name: 'out' }],
  };
  const payload = Buffer.from(code);
  const functionId = await lab.functions.register({
    ...definition,
    name: 'f',
    executorType: 'javascript',
    payload,
  });
  const endlessId = await lab.functions.register({
    ...definition,
    name: 'w',
    executorType: waiting.executorType,
  });
  const privateId = await lab.functions.register({
    name: 'p',
    executorType: 'javascript',
    payload: Buffer.from(`// ${ofCode}`),
    userAllowlist: [name, `group-${name}`],
  });
  const { version } = await lab.functions.code(privateId);
  await lab.functions.attach(privateId, { version, kind: 'source', content: Buffer.from(`of ${ofCode}`) });
  const upload = async (owner: Gaiwan, text: string, key: ReturnType<typeof fileKey>) => {
    const path = join(platform.folder, `plain-${freshMarker()}`);
    writeFileSync(path, text);
    return owner.data.encryptAndUpload({ path, name: 'plain.enc', key });
  };
  const [inputKey, outputKey] = [fileKey(), fileKey()];
  const ofBank = await upload(client, [input, log, output, result].join(' '), inputKey);
  const ofOther = await upload(other, 'of the other', fileKey());
  const outputId = await client.data.createOutput({ name: 'out.enc', key: outputKey });
  const material = {
    functionId,
    endlessId,
    argument,
    ofBank: ofBank.dataId,
    ofOther: ofOther.dataId,
    outputId,
  };
  const tasks = await makeTasks(all, material);
  const { message: begun } = await asBank(wire, all, 'CreateUpload', { name: 'begun', size: 5n });
  // Of a CreateUpload that was answered.
  const { url: uploadUrl, path: uploadPath, capability } = begun as gaiwan.CreateUploadResponse;
  const download = await client.data.createDownload(outputId);
  const secrets = {
    input,
    log,
    output,
    result,
    argument,
    code: ofCode,
    'input key': inputKey.key,
    'output key': outputKey.key,
    'upload capability': capability,
    'download capability': download.capability.reveal(),
    password: all.password,
    'recovery code': all.recovery,
  };
  const { digest } = await client.tasks.manifest(tasks.half);
  const until = new Date(Date.now() + DAY);
  const agreementId = await client.agreements.propose({ taskId: tasks.half, uses: 9, until });
  return {
    ...all,
    otherName: `other-${name}`,
    lab: `lab-${name}`,
    boss: `boss-${name}`,
    functionId,
    privateId,
    privateVersion: Buffer.from(version, 'hex'),
    inputId: ofBank.dataId,
    outputId,
    inputUrl: ofBank.url,
    uploadUrl,
    uploadPath,
    downloadPath: download.path,
    tasks,
    digest,
    agreementId,
    secrets,
    markers: new Markers(secrets),
  };
}
