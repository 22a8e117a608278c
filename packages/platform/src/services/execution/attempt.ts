/** One attempt at a task: fetch, decrypt and check, run, encrypt, store. Everything it leaves is in its own folder. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import {
  type ExecutionResult,
  type Executor,
  ExecutorError,
  readStaged,
  type Staged,
  Stager,
} from '@gaiwan/executors';
import { decryptPrivately, encrypt, type FileKey, FilesError } from '@gaiwan/files';
import { PendingFile, readChunks } from '@gaiwan/files/node';
import type { common, worker as wire } from '@gaiwan/protocol';
import { TaskFault } from './fault.ts';
import type { PlatformFiles } from './platform-files.ts';
import { fetchUrl, putUrl } from './web.ts';

type Lease = MessageShape<typeof wire.LeaseSchema>;
type StagedFile = MessageShape<typeof wire.StagedFileSchema>;
export type TaskResult = MessageInitShape<typeof common.TaskResultSchema>;

export interface AttemptOptions {
  readonly lease: Lease;
  readonly executor: Executor;
  readonly files: PlatformFiles;
  /** Where to make the attempt's folder. */
  readonly folder: string;
  /** Asks for the durable right to encrypt this content under the output's key and IV. */
  readonly intent: (dataId: string, contentSha256: Uint8Array) => Promise<boolean>;
  readonly signal: AbortSignal;
}

const MISSING_INPUT = 'Invalid input file identifier.';

/** Never rejects: what goes wrong is the result. */
export async function attempt(options: AttemptOptions): Promise<TaskResult> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(options.folder, 'task-'));
    return { result: { case: 'Ok', value: await run(options, folder) } };
  } catch (error) {
    return { result: { case: 'Err', value: { reason: reasonOf(error) } } };
  } finally {
    for (const { crypto } of [...options.lease.inputs, ...options.lease.outputs]) crypto?.key.fill(0);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function run(
  { lease, executor, files, intent, signal }: AttemptOptions,
  folder: string,
): Promise<MessageInitShape<typeof common.TaskOutputsSchema>> {
  const inputs: Record<string, Staged> = {};
  /** teaclave-file-128 is checked when a function opens it: a bad one that nobody opens does no harm. */
  const late = new Map<string, Error>();
  for (const file of lease.inputs) {
    try {
      inputs[file.slot] = await stageInput(file, await openInput(file, lease, files, signal), folder);
    } catch (error) {
      const fault = inSlot('input', file, error);
      if (file.crypto?.schema !== 'teaclave-file-128' || !(error instanceof FilesError)) throw fault;
      late.set(file.slot, fault);
    }
  }
  const result = await execute(lease, executor, inputs, folder, signal).catch((error: unknown) => {
    const [fault] = late.values();
    throw fault && error instanceof ExecutorError && error.message === MISSING_INPUT ? fault : error;
  });
  const tagsMap: Record<string, Uint8Array> = {};
  for (const file of lease.outputs) {
    const staged = result.outputs[file.slot];
    if (!staged) throw new TaskFault(`The function never created the output "${file.slot}".`);
    try {
      tagsMap[file.slot] = await storeOutput(file, staged, lease, files, intent, folder, signal);
    } catch (error) {
      throw inSlot('output', file, error);
    }
  }
  return { returnValue: result.returnValue, tagsMap, log: [...result.log] };
}

function execute(
  lease: Lease,
  executor: Executor,
  inputs: Record<string, Staged>,
  folder: string,
  signal: AbortSignal,
): Promise<ExecutionResult> {
  const { functionName, executorType, executor: name, payload, limits } = lease;
  return executor.run({
    functionName,
    executorType,
    executor: name,
    arguments: lease.arguments,
    payload,
    inputs,
    outputs: lease.outputs.map(({ slot }) => slot),
    limits: {
      timeMs: limits?.timeMs ?? 0,
      memoryMiB: limits?.memoryMib ?? 0,
      outputBytes: Number(limits?.outputBytes ?? 0n),
      cpuMs: limits?.timeMs ?? 0,
      logBytes: 1 << 20,
      files: 1023,
    },
    folder,
    signal,
  });
}

async function openInput(
  file: StagedFile,
  lease: Lease,
  files: PlatformFiles,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  const { url, capability } = file;
  if (url.startsWith('blob:')) return files.get(url, capability, signal);
  if (url.startsWith('data:')) return [Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')];
  return fetchUrl(url, lease.allowedOrigins, signal);
}

function keyOf({ crypto }: StagedFile): FileKey {
  if (!crypto) throw new TaskFault('The lease has no key for a file.');
  return {
    scheme: crypto.schema as FileKey['scheme'],
    key: crypto.key,
    ...(crypto.iv.length > 0 ? { iv: crypto.iv } : {}),
  };
}

/** Released to the function only when all of it is authentic. */
async function stageInput(
  file: StagedFile,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  folder: string,
): Promise<Staged> {
  const stager = new Stager(folder);
  try {
    if (file.crypto?.schema === 'raw') {
      for await (const chunk of source) stager.write(chunk);
    } else {
      const name = file.name === '' ? {} : { name: file.name };
      await decryptPrivately(source, (plaintext) => stager.write(plaintext), {
        key: keyOf(file),
        tag: file.cmac,
        ...name,
      });
    }
    return stager.finish();
  } catch (error) {
    stager.abort();
    throw error;
  }
}

async function storeOutput(
  file: StagedFile,
  staged: Staged,
  lease: Lease,
  files: PlatformFiles,
  intent: AttemptOptions['intent'],
  folder: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const key = keyOf(file);
  if (key.scheme !== 'teaclave-file-128') {
    const hash = createHash('sha256');
    for (const chunk of readStaged(staged)) hash.update(chunk);
    if (!(await intent(file.dataId, hash.digest()))) {
      throw new TaskFault(
        'another content was already encrypted under its key and IV: register an output with a fresh IV',
      );
    }
  }
  const path = join(folder, `out-${createHash('sha256').update(file.slot).digest('hex').slice(0, 16)}`);
  const sealed = await PendingFile.create(path, folder);
  let encrypted: Awaited<ReturnType<typeof encrypt>>;
  try {
    encrypted = await encrypt(readStaged(staged), sealed, { key, name: file.name });
    await sealed.release();
  } catch (error) {
    await sealed.discard();
    throw error;
  }
  const { tag, size } = encrypted;
  if (file.url.startsWith('blob:'))
    await files.put(file.url, file.capability, size, readChunks(path), signal);
  else await putUrl(file.url, size, readChunks(path), lease.allowedOrigins, signal);
  await rm(path, { force: true });
  return tag;
}

function inSlot(kind: string, { slot }: StagedFile, error: unknown): Error {
  if (error instanceof FilesError || error instanceof TaskFault) {
    return new TaskFault(`${kind} "${slot}": ${error.message}`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** Reasons that people may read; of anything else only its kind. */
function reasonOf(error: unknown): string {
  if (error instanceof ExecutorError || error instanceof TaskFault || error instanceof FilesError)
    return error.message;
  const code = (error as NodeJS.ErrnoException).code;
  return `The worker could not do the task (${code ?? 'internal error'}).`;
}
