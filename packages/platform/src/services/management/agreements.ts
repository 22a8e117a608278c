/** gaiwan.v1.AgreementService: parties approve a kind of task once; tasks within it need no further approval. */
import { type gaiwan, nameOf, type Subject } from '@gaiwan/protocol';
import {
  type AgreementRecord,
  type Assignment,
  agreementInputs,
  approveAgreement,
  keyedAmong,
  keys,
  manifestDigest,
  missingOf,
  namesOf,
  parseId,
  proposeAgreement,
  type TaskRecord,
} from '../../domain/index.ts';
import { refuse, sentText } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { type CommandCall, type Resource, wholePlatform } from '../../pipeline/spec.ts';
import { epochOf } from '../../state/epoch.ts';
import type { Reading } from '../../state/reading.ts';
import { takeStep } from '../../tasks/steps.ts';
import type { ManagementContext } from './context.ts';
import { findOwners } from './owners.ts';
import { readPage } from './pages.ts';
import { onTask } from './resources.ts';

async function findAgreement(read: Reading, text: string): Promise<AgreementRecord> {
  const id = parseId(text, 'agreement');
  const record = id && (await read.record<AgreementRecord>(keys.agreement(id)));
  if (record) return record;
  throw refuse('unknown-agreement', `There is no agreement "${sentText(text)}".`);
}

const agreementFacts = ({ id, participants }: AgreementRecord) =>
  ({ type: 'Agreement', id, participants }) as const;

const onAgreement: Resource<{ readonly agreementId: string }, AgreementRecord> = {
  load: (read, { agreementId }) => findAgreement(read, agreementId),
  facts: (record) => [agreementFacts(record)],
};

interface TaskAndAgreement {
  readonly task: TaskRecord;
  readonly agreement: AgreementRecord;
}

const onTaskAndAgreement: Resource<
  { readonly taskId: string; readonly agreementId: string },
  TaskAndAgreement
> = {
  load: async (read, request, caller) => ({
    task: await onTask.load(read, request, caller),
    agreement: await findAgreement(read, request.agreementId),
  }),
  facts: ({ task, agreement }) => [...onTask.facts(task), agreementFacts(agreement)],
};

/** Whole numbers of the wire that a double counts. Throws `PlatformError` (bad-agreement). */
function whole(what: string, value: bigint): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw refuse('bad-agreement', `The agreement cannot be proposed: ${what} is ${value}.`);
}

/** The callers that a proposal names, as accounts; none: the task's creator. */
async function callersOf(read: Reading, task: TaskRecord, names: readonly string[]): Promise<Subject[]> {
  if (names.length === 0) return [task.creator];
  const [found] = await findOwners(read, [{ name: 'callers', owners: names }]);
  return [...(found?.owners ?? [])];
}

/** What the agreement puts into inputs that are empty: the one data item that it names. */
async function assignmentsOf(read: Reading, { task, agreement }: TaskAndAgreement): Promise<Assignment[]> {
  const named = agreementInputs(agreement, task);
  return Promise.all(named.map(async ({ slot, id }) => ({ slot, data: await read.data(id, 'input') })));
}

function markParticipants(tx: CommandCall<unknown, unknown>['tx'], record: AgreementRecord): void {
  for (const user of record.participants) tx.mark(keys.userAgreement(user, record.id));
}

type Methods = Handlers<typeof gaiwan.AgreementService>;

const proposeAgreementMethod = ({
  ids,
  holdings,
}: Pick<ManagementContext, 'ids' | 'holdings'>): Methods['proposeAgreement'] =>
  command({
    action: 'ProposeAgreement',
    resource: onTask,
    run: async ({ tx, caller, read, request, resource: task }) => {
      const callers = await callersOf(read, task, request.callers);
      const record = proposeAgreement({
        id: `agreement-${ids()}`,
        by: caller.subject,
        epoch: await epochOf(tx),
        task,
        callers,
        keyed: keyedAmong(await read.accounts(callers)),
        anyArguments: request.anyArguments,
        anyData: request.anyData,
        uses: whole('uses', request.uses),
        from: request.from === 0n ? tx.now() : whole('from', request.from),
        until: whole('until', request.until),
      });
      const key = keys.agreement(record.id);
      tx.expectAbsent(key);
      await holdings.charge(tx, { key, by: caller.subject, bytes: tx.put(key, record) });
      markParticipants(tx, record);
      const { id, digest } = record;
      return {
        reply: { agreementId: id },
        event: { type: 'agreement-proposed', agreement: id, digest, task: task.id },
      };
    },
  });

const getAgreement: Methods['getAgreement'] = query({
  action: 'GetAgreement',
  resource: onAgreement,
  run: ({ resource: record }) => {
    const { bytes, digest, approvals, used, revoked } = record;
    return {
      agreement: bytes,
      digest: Buffer.from(digest, 'hex'),
      approvedUsers: namesOf(approvals.map(({ participant }) => participant)),
      missingUsers: namesOf(missingOf(record)),
      used: BigInt(used),
      ...(revoked && { revokedBy: nameOf(revoked.by), revokedAt: BigInt(revoked.at) }),
    };
  },
});

const listAgreements = ({ store }: Pick<ManagementContext, 'store'>): Methods['listAgreements'] =>
  query({
    action: 'ListAgreements',
    resource: wholePlatform,
    run: async ({ caller, request }) => {
      const marks = keys.userAgreements(caller.subject);
      const { rows, next } = await readPage<AgreementRecord>(store, marks, keys.agreement, request);
      const items = rows.map((record) => ({
        agreementId: record.id,
        functionName: record.functionName,
        missingUsers: namesOf(missingOf(record)),
        uses: BigInt(record.uses),
        used: BigInt(record.used),
        until: BigInt(record.until),
        revoked: record.revoked !== undefined,
      }));
      return { items, nextPageToken: next };
    },
  });

const approveAgreementMethod = ({
  holdings,
}: Pick<ManagementContext, 'holdings'>): Methods['approveAgreement'] =>
  command({
    action: 'ApproveAgreement',
    resource: onAgreement,
    run: async ({ tx, caller, proof, request, resource: before }) => {
      const record = approveAgreement(before, {
        by: caller.subject,
        digest: request.digest,
        ...(proof.by === 'key' && { signature: proof.signature }),
      });
      const { id, digest } = record;
      const key = keys.agreement(id);
      await holdings.charge(tx, { key, by: before.proposer, bytes: tx.put(key, record) });
      return { reply: {}, event: { type: 'agreement-approved', agreement: id, digest } };
    },
  });

const revokeAgreement: Methods['revokeAgreement'] = command({
  action: 'RevokeAgreement',
  resource: onAgreement,
  run: ({ tx, caller, resource: before }) => {
    const { id } = before;
    const revoked = before.revoked ?? { by: caller.subject, at: tx.now() };
    tx.put(keys.agreement(id), { ...before, revoked });
    return { reply: {}, event: { type: 'agreement-revoked', agreement: id } };
  },
});

const applyAgreement: Methods['applyAgreement'] = command({
  action: 'ApplyAgreement',
  resource: onTaskAndAgreement,
  run: async ({ tx, caller, read, resource: { task: before, agreement } }) => {
    const inputs = await assignmentsOf(read, { task: before, agreement });
    const given = { by: caller.subject, agreement, inputs, now: tx.now() };
    const { task, event } = takeStep(tx, { operation: 'apply agreement', before, given });
    const { digest, hex } = manifestDigest(task);
    return {
      reply: { digest },
      event: { ...event, agreement: agreement.id, digest: hex },
      task,
    };
  },
});

export const agreementMethods = (context: ManagementContext): Methods => ({
  proposeAgreement: proposeAgreementMethod(context),
  getAgreement,
  listAgreements: listAgreements(context),
  approveAgreement: approveAgreementMethod(context),
  revokeAgreement,
  applyAgreement,
});
