/** What an operation wants beside the right state: each guard has a name, a code, and a sentence for whoever is refused. */
import { type ApprovalSignature, keyOfAuthority, nameOf, type Subject } from '@gaiwan/protocol';
import {
  type AgreementRecord,
  agreementObjection,
  authorityIn,
  type DisabledBy,
  emptySlots,
  type FunctionRecord,
  keyId,
  manifestDigest,
  missingUsers,
  namesOf,
  ONNX_NATIVE,
  pairOf,
  type TaskRecord,
  withoutKey,
} from '../../domain/index.ts';
import { limits } from '../../limits.ts';
import type { PlatformErrorCode } from '../../refusals.ts';

/** Why an operation is refused. */
export interface Objection {
  readonly sentence: string;
  /** Names that it is about. */
  readonly subjects?: readonly string[];
}

/** What keeps a task from running although it was invoked. */
export interface Obstacles {
  /** The task's, where a recovery has begun another since. */
  readonly olderEpoch?: number;
  readonly gone: readonly Subject[];
  /** Absent: the function was deleted, and its tasks go on. */
  readonly function?: Pick<FunctionRecord, 'id' | 'disabledBy'>;
  /** Why the agreement that approves it does not stand any more. */
  readonly agreement?: string | undefined;
}

const goneSentence = (gone: readonly Subject[]): string =>
  `What was approved is void: the account of ${namesOf(gone).join(', ')} was deleted or begun anew.`;

const disabledSentence = (id: string, by: DisabledBy): string =>
  `${id} was disabled by ${by === 'owner' ? 'its owner' : 'an administrator'}.`;

const epochSentence = (epoch: number): string =>
  `It was created in epoch ${epoch}, which a recovery has ended: whether it has run already, nobody knows.`;

/** Undefined where there is none. */
export const obstacleSentence = ({
  olderEpoch,
  gone,
  function: fn,
  agreement,
}: Obstacles): string | undefined => {
  if (olderEpoch !== undefined) return epochSentence(olderEpoch);
  if (gone.length > 0) return goneSentence(gone);
  if (agreement !== undefined) return `What approved it is void: ${agreement}.`;
  return fn?.disabledBy && disabledSentence(fn.id, fn.disabledBy);
};

export interface Guard<Input, From = TaskRecord> {
  /** What must hold, as the picture and the page say it. */
  readonly name: string;
  readonly code: PlatformErrorCode;
  /** Undefined where it holds. */
  readonly objection: (task: From, input: Input) => Objection | undefined;
}

/** Who asks. */
export interface By {
  readonly by: Subject;
}

export const byCreator: Guard<By> = {
  name: 'by the creator',
  code: 'not-the-creator',
  objection: ({ id, creator }, { by }) =>
    by === creator
      ? undefined
      : { sentence: `Only ${nameOf(creator)} can do this with ${id}, not ${nameOf(by)}.` },
};

export const byParticipant: Guard<By> = {
  name: 'by a participant',
  code: 'not-a-participant',
  objection: ({ id, participants }, { by }) =>
    participants.includes(by) ? undefined : { sentence: `${nameOf(by)} takes no part in ${id}.` },
};

/** There is no manifest yet. */
export const somethingToApprove: Guard<unknown> = {
  name: 'every slot has data',
  code: 'not-approvable',
  objection: (task) => {
    const subjects = emptySlots(task);
    if (subjects.length === 0) return undefined;
    return { sentence: `The task cannot be approved: data is missing in ${subjects.join(', ')}.`, subjects };
  },
};

/** `digest`: of the manifest that the participant looked at; absent in Teaclave's call, which means the present one. */
export const sameManifest: Guard<{ readonly digest?: Uint8Array }> = {
  name: 'the digest is that of the present manifest',
  code: 'manifest-changed',
  objection: (task, { digest }) => {
    if (digest === undefined || manifestDigest(task).digest.equals(digest)) return undefined;
    return {
      sentence: 'The manifest is not the one that you looked at: look again, then approve its new digest.',
    };
  },
};

/** The manifest names the key that it has now, and a worker runs nothing without that key's signature. */
export const signedByItsKey: Guard<By & { readonly signature?: ApprovalSignature }> = {
  name: 'a participant that has a key has signed with it',
  code: 'signature-missing',
  objection: (task, { by, signature }) => {
    const key = keyOfAuthority(authorityIn(task, by));
    if (key === undefined || (signature && keyId(signature.publicKey) === key)) return undefined;
    return {
      sentence: `${nameOf(by)} has the key ${key.slice(0, 16)}…, and this approval is not signed with it.`,
    };
  },
};

export const keysWhereRequired: Guard<{ readonly requireKeys?: boolean }> = {
  name: 'all have keys, where one wants that',
  code: 'keys-required',
  objection: (task, { requireKeys }) => {
    const subjects = requireKeys ? namesOf(withoutKey(task)) : [];
    if (subjects.length === 0) return undefined;
    const sentence = `A participant takes part only with others that have keys, and ${subjects.join(', ')} rests on a password.`;
    return { sentence, subjects };
  },
};

/** Of a task that is approved by an agreement: that stands. */
export const agreementStands: Guard<{
  readonly agreement?: AgreementRecord | undefined;
  readonly now?: number;
}> = {
  name: 'the agreement that approves it stands',
  code: 'agreement-void',
  objection: (task, { agreement, now = 0 }) => {
    if (task.agreement === undefined && agreement === undefined) return undefined;
    const why = agreement ? agreementObjection(agreement, now) : 'its agreement is gone';
    if (why === undefined) return undefined;
    return {
      sentence: `The agreement approves nothing: ${why}. Its participants can approve the task itself, once its options are set anew.`,
    };
  },
};

export const withinQuota: Guard<{ readonly function: FunctionRecord; readonly used: number }> = {
  name: "the function's quota is not used up",
  code: 'quota-used-up',
  objection: (_task, { function: { quota }, used }) => {
    if (quota < 0 || used < quota) return undefined;
    return {
      sentence: `The function's quota of ${quota} invocations is used up: ask its owner for more.`,
    };
  },
};

/** `takenOutputs`: data that another task has written, or is to write. */
export const outputsFree: Guard<{ readonly takenOutputs: readonly string[] }> = {
  name: 'each output is for this task alone, and for one slot',
  code: 'output-taken',
  objection: ({ outputs }, { takenOutputs }) => {
    const ids = outputs.flatMap(({ data }) => data?.id ?? []);
    const taken = ids.filter((id, index) => takenOutputs.includes(id) || ids.indexOf(id) !== index);
    if (taken.length === 0) return undefined;
    const subjects = [...new Set(taken)];
    const sentence = `Written by another task, reserved for one, or in two slots: ${subjects.join(', ')}. An output is written once: its owner must replace it by another.`;
    return { sentence, subjects };
  },
};

export const nothingMissing: Guard<unknown> = {
  name: 'every slot has data',
  code: 'data-missing',
  objection: (task) => {
    const subjects = emptySlots(task);
    if (subjects.length === 0) return undefined;
    return { sentence: `Data is missing in ${subjects.join(', ')}: their owners must assign it.`, subjects };
  },
};

export const approvedByAll: Guard<unknown> = {
  name: 'every participant has approved, or there is only one',
  code: 'approvals-missing',
  objection: (task) => {
    const subjects = namesOf(missingUsers(task));
    if (subjects.length === 0) return undefined;
    const sentence = `Not everyone has approved: ${subjects.join(', ')} must look at the manifest and approve its digest.`;
    return { sentence, subjects };
  },
};

/** `gone`: participants whose accounts are not there any more. */
export const everybodyIsThere: Guard<{ readonly gone: readonly Subject[] }> = {
  name: 'the account of every participant is there',
  code: 'participants-gone',
  objection: (_task, { gone }) => {
    if (gone.length === 0) return undefined;
    const subjects = namesOf(gone);
    return { sentence: `${goneSentence(gone)} Create another task.`, subjects };
  },
};

export const functionEnabled: Guard<{ readonly function: FunctionRecord }> = {
  name: 'the function is not disabled',
  code: 'function-disabled',
  objection: (_task, { function: { id, disabledBy } }) =>
    disabledBy && { sentence: disabledSentence(id, disabledBy) },
};

/** `epoch`: the one that there is now. */
export const ofThisEpoch: Guard<{ readonly epoch: number }> = {
  name: 'it was created in this epoch',
  code: 'older-epoch',
  objection: ({ epoch: created }, { epoch }) =>
    created === epoch ? undefined : { sentence: `${epochSentence(created)} Create another task.` },
};

/** A task that waits for its run is ended instead. */
export const mayNotRun: Guard<Obstacles> = {
  name: 'a participant is gone, its agreement is revoked or has ended, the function is disabled, or a recovery has begun another epoch',
  code: 'step-not-due',
  objection: ({ id }, obstacles) =>
    obstacleSentence(obstacles) === undefined ? { sentence: `Nothing keeps ${id} from running.` } : undefined,
};

export const workersForRepeat: Guard<{ readonly twoWorkers: boolean }> = {
  name: 'a task that is to run twice has two workers',
  code: 'repeat-needs-two-workers',
  objection: (task, { twoWorkers }) => {
    if (!task.repeat || twoWorkers) return undefined;
    const pair = pairOf(task);
    return {
      sentence: `The task is to run on two different workers, and fewer can run ${pair}: ask the operator for more (--workers), or the creator to do without (repeat).`,
    };
  },
};

/** What to do where no worker has the executor that the task names; undefined for those whose absence is the run's matter, as in Teaclave. */
export const withoutNative = ({ executor }: Pick<TaskRecord, 'executor'>): string | undefined =>
  executor === ONNX_NATIVE
    ? ': ask the operator for it (gaiwan serve --onnxruntime FOLDER), or create the task with the executor "builtin"'
    : undefined;

export const nativeIsOffered: Guard<{ readonly offered: boolean }> = {
  name: 'the native executor that it names is offered',
  code: 'executor-not-offered',
  objection: (task, { offered }) => {
    const remedy = withoutNative(task);
    if (offered || remedy === undefined) return undefined;
    return { sentence: `No worker runs ${pairOf(task)}${remedy}.` };
  },
};

export const firstOfTwo: Guard<unknown> = {
  name: 'it is to run twice, and this was the first run',
  code: 'step-not-due',
  objection: ({ id, repeat, first }) =>
    repeat && first === undefined ? undefined : { sentence: `${id} waits for no second run.` },
};

export const MAX_ATTEMPTS: number = limits.attempts.value;

/** `counts`: is the attempt one that the worker, not the platform, gave up? */
export const hasAttemptsLeft = ({ attempt }: Pick<TaskRecord, 'attempt'>, counts: boolean): boolean =>
  !counts || attempt < MAX_ATTEMPTS;

export const attemptsLeft: Guard<{ readonly counts: boolean }> = {
  name: 'attempts are left, or this one does not count',
  code: 'step-not-due',
  objection: (task, { counts }) =>
    hasAttemptsLeft(task, counts) ? undefined : { sentence: `${task.id} has no attempt left.` },
};

export const noAttemptsLeft: Guard<unknown> = {
  name: 'no attempts are left',
  code: 'step-not-due',
  objection: (task) =>
    hasAttemptsLeft(task, true) ? { sentence: `${task.id} has attempts left.` } : undefined,
};
