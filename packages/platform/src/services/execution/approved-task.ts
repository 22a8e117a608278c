/** What a worker runs, stages and reports: nothing but what a task's participants have approved. */
import {
  type Approval,
  type Digests,
  type FunctionDefinition,
  ManifestError,
  missingApprovals,
  outsideAgreement,
  parseAgreement,
  parseFunctionDefinition,
  parseManifest,
  parseSubject,
  type TaskManifest,
  type worker as wire,
} from '@gaiwan/protocol';
import { sha256Hex } from '../../domain/sha256.ts';
import { requireSignatures, type Signed } from './approval-signatures.ts';
import {
  type ApprovedInput,
  type ApprovedOutput,
  approvedInputs,
  approvedOutputs,
} from './approved-files.ts';
import { lateSlotsOf } from './late-slots.ts';
import { LeaseRefused } from './lease-refused.ts';

const DIGEST_BYTES = 32;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Can only be made by checking a lease: whoever has one need not ask where its parts come from. */
export class ApprovedTask {
  readonly #manifest: TaskManifest;
  /** The code that the manifest's version of the function names. */
  readonly payload: Uint8Array;
  readonly inputs: readonly ApprovedInput[];
  readonly outputs: readonly ApprovedOutput[];
  /** Of a second run: what the first made. */
  readonly expected: Digests | undefined;

  private constructor(manifest: TaskManifest, definition: FunctionDefinition, lease: wire.Lease) {
    this.#manifest = manifest;
    this.payload = lease.payload;
    this.inputs = approvedInputs(
      manifest.inputs,
      lease.inputs,
      lateSlotsOf(manifest, definition, lease.payload),
    );
    this.outputs = approvedOutputs(manifest.outputs, lease.outputs);
    this.expected = expectedOf(manifest, lease.expected);
  }

  /**
   * Checks every part of a lease against the manifest, and the manifest against its approvals. Reads no data.
   *
   * @throws LeaseRefused
   */
  static check(lease: wire.Lease): ApprovedTask {
    const manifest = checkedManifest(lease);
    return new ApprovedTask(manifest, requireFunction(manifest, lease), lease);
  }

  get manifest(): TaskManifest {
    return this.#manifest;
  }

  /** "<executor_type>/<executor>": what an executor must be able to run. */
  get pair(): string {
    return `${this.#manifest.function.executorType}/${this.#manifest.executor}`;
  }

  /** May anybody read the log? */
  get keepsLog(): boolean {
    return this.#manifest.logs.length > 0;
  }
}

/** The data keys of a lease, whatever became of it. */
export function wipeKeys({ inputs, outputs }: wire.Lease): void {
  for (const { key } of [...inputs, ...outputs]) key.fill(0);
}

function checkedManifest({ taskId, manifest: bytes, approvals, agreement }: wire.Lease): TaskManifest {
  const manifest = parse('bad-manifest', 'manifest', () => parseManifest(bytes));
  if (manifest.task !== taskId)
    throw new LeaseRefused('wrong-task', 'The lease is for another task than its manifest.');
  const digest = sha256Hex(bytes);
  requireApprovals(manifest, digest, approvals);
  requireSignatures(manifest, signedOf(manifest, digest, agreement), approvals);
  return manifest;
}

/** What the approvals are of. How often and until when an agreement holds is for the platform, which knows of its uses and its revocation. */
function signedOf(manifest: TaskManifest, digest: string, bytes: Uint8Array): Signed {
  const { task, agreement: named } = manifest;
  if (named === '' && bytes.length === 0) return { what: 'manifest', task, digest };
  if (named !== sha256Hex(bytes))
    throw new LeaseRefused('wrong-agreement', 'The agreement is not the one that the manifest names.');
  const agreement = parse('wrong-agreement', 'agreement', () => parseAgreement(bytes));
  const outside = outsideAgreement(agreement, named, manifest);
  if (outside.length > 0)
    throw new LeaseRefused(
      'wrong-agreement',
      `The task is not within its agreement: ${outside.slice(0, 5).join('; ')}.`,
    );
  return { what: 'agreement', agreement: agreement.agreement, digest: named };
}

function requireApprovals(
  { participants }: TaskManifest,
  digest: string,
  given: readonly wire.Approval[],
): void {
  const approvals = given.map(approvalOf);
  const subjects = participants.map(({ subject }) => subject);
  const open = new Set(subjects);
  for (const approval of approvals) {
    const { participant } = approval;
    const who = JSON.stringify(participant.slice(0, 60));
    if (approval.digest !== digest)
      throw new LeaseRefused('stray-approval', `The approval of ${who} is of another manifest.`);
    if (!open.delete(participant))
      throw new LeaseRefused('stray-approval', `${who} is no participant, or has approved twice.`);
  }
  const missing = missingApprovals(subjects, approvals, digest);
  if (missing.length > 0)
    throw new LeaseRefused('not-approved', `Not approved by ${missing.join(', ').slice(0, 200)}.`);
}

function approvalOf({ participant: text, digest }: wire.Approval): Approval {
  const participant = parseSubject(text);
  if (participant !== undefined) return { participant, digest: hex(digest) };
  throw new LeaseRefused('stray-approval', `${JSON.stringify(text.slice(0, 60))} is no participant.`);
}

function requireFunction(
  { function: approved }: TaskManifest,
  { definition: bytes, payload }: Pick<wire.Lease, 'definition' | 'payload'>,
): FunctionDefinition {
  if (sha256Hex(bytes) !== approved.version)
    throw new LeaseRefused(
      'wrong-function',
      "The function's definition is not the version that the manifest names.",
    );
  const definition: FunctionDefinition = parse('bad-definition', "function's definition", () =>
    parseFunctionDefinition(bytes),
  );
  if (definition.name !== approved.name || definition.executorType !== approved.executorType)
    throw new LeaseRefused(
      'wrong-function',
      'The function has another name or executor type than the manifest.',
    );
  if (sha256Hex(payload) !== definition.payload)
    throw new LeaseRefused('wrong-payload', "The code is not the one that the function's definition names.");
  return definition;
}

function expectedOf(
  { repeat, outputs }: TaskManifest,
  expected: wire.Digests | undefined,
): Digests | undefined {
  if (!expected) return undefined;
  if (!repeat)
    throw new LeaseRefused('stray-digests', 'There are digests of a first run, and the task is run once.');
  const slots = Object.keys(expected.outputs).sort();
  const digests = [expected.returnValue, ...Object.values(expected.outputs)];
  const fits =
    digests.every(({ length }) => length === DIGEST_BYTES) &&
    slots.length === outputs.length &&
    outputs.every(({ slot }, index) => slot === slots[index]);
  if (!fits)
    throw new LeaseRefused(
      'stray-digests',
      'The digests of the first run are not of the outputs that the task has.',
    );
  return { returnValue: expected.returnValue, outputs: expected.outputs };
}

function parse<T>(
  code: 'bad-manifest' | 'bad-definition' | 'wrong-agreement',
  what: string,
  read: () => T,
): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ManifestError)) throw cause;
    throw new LeaseRefused(code, `The ${what} cannot be read. ${cause.message}`, { cause });
  }
}
