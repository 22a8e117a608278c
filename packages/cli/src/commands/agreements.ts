/** agreements: approve a kind of task once. */
import { buildCommand, buildRouteMap } from '@stricli/core';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, hex, note, print, table } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import {
  examples,
  type Json,
  jsonFlag,
  listFlag,
  numberFlag,
  positional,
  requiredText,
  textFlag,
} from '../flags.ts';
import { asUser } from '../session.ts';
import { agreementText } from '../task/show-agreement.ts';
import { chosenTask } from '../task/which.ts';
import { parseHex } from '../terminal/keys.ts';

type List = readonly string[] | undefined;

interface ProposeFlags extends Json {
  readonly uses: number;
  readonly until: string;
  readonly from?: string | undefined;
  readonly caller?: List;
  readonly anyArgument?: List;
  readonly anyData?: List;
}

/** Throws `CliError` (usage). */
function instantOf(text: string, flag: string): Date {
  const time = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw usage(`${flag} is a date, or a date and time in UTC: 2027-06-30, or 2027-06-30T12:00:00Z.`);
}

const propose = buildCommand<ProposeFlags, [string], Context>({
  docs: {
    brief: 'Propose that tasks like this one need no further approval',
    fullDescription: `Of a task whose slots are filled. Tasks by the agreement have its function and version, arguments, data, owners, and at most its limits;
--any-argument and --any-data leave out what may differ. It stands once all of its participants have approved it.

${examples(
  'gaiwan agreements propose two-banks --uses 100 --until 2027-06-30 --any-argument threshold',
  'gaiwan agreements propose task-5e0a... --uses 10 --until 2027-01-31 --any-data query --caller analyst --caller intern',
)}`,
  },
  parameters: {
    flags: {
      uses: { ...numberFlag('How many tasks may be run by it', 1, 1_000_000_000), optional: false },
      until: requiredText('When it ends (UTC)', 'DATE'),
      from: textFlag('When it begins (default: now)', 'DATE'),
      caller: listFlag("Who may create tasks by it (repeatable; default: the task's creator)", 'USER'),
      anyArgument: listFlag('An argument that may have any value (repeatable)', 'NAME'),
      anyData: listFlag('An input that may have any data of its owners (repeatable)', 'SLOT'),
      json: jsonFlag,
    },
    positional: taskPositional,
  },
  async func({ uses, until, from, caller = [], anyArgument = [], anyData = [], json }, given) {
    const agreementId = await asUser(this, async (client, user) => {
      const { id: taskId } = await chosenTask(this, { client, user }, given);
      return client.agreements.propose({
        taskId,
        callers: caller,
        anyArguments: anyArgument,
        anyData,
        uses,
        until: instantOf(until, '--until'),
        ...(from !== undefined && { from: instantOf(from, '--from') }),
      });
    });
    print(this, json === true, { agreementId }, () => agreementId);
  },
});

const list = buildCommand<Json, [], Context>({
  docs: {
    brief: 'Agreements that you take part in',
    fullDescription: examples('gaiwan agreements list'),
  },
  parameters: { flags: { json: jsonFlag } },
  async func({ json }) {
    const agreements = await asUser(this, async (client) => {
      const found = [];
      for await (const one of client.agreements.list()) found.push(one);
      return found;
    });
    const rows = agreements.map((one) => [
      one.agreementId,
      one.functionName,
      one.isRevoked
        ? 'revoked'
        : one.missingUsers.length > 0
          ? `waits for ${one.missingUsers.join(', ')}`
          : 'stands',
      `${one.used} of ${one.uses}`,
      one.until.toISOString(),
    ]);
    print(this, json === true, { agreements }, () =>
      table([['agreement', 'function', 'state', 'used', 'until'], ...rows]),
    );
  },
});

const show = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Show what an agreement allows, and its digest',
    fullDescription: `Its bytes are fetched, hashed and checked on this machine.

${examples('gaiwan agreements show agreement-5e0a...')}`,
  },
  parameters: { flags: { json: jsonFlag }, positional: positional('AGREEMENT') },
  async func({ json }, id) {
    const found = await asUser(this, (client) => client.agreements.get(id));
    const { bytes: _, ...rest } = found;
    print(this, json === true, rest, () => agreementText(found));
  },
});

interface ApproveFlags extends Json {
  readonly yes?: string | undefined;
}

const approve = buildCommand<ApproveFlags, [string], Context>({
  docs: {
    brief: 'Review an agreement and approve every task within it',
    fullDescription: `Shows all of it, and asks. Where there is no terminal, give the digest of what you have reviewed with --yes. Read the code that it names
with gaiwan functions code, of one of its tasks.

${examples('gaiwan agreements approve agreement-5e0a...', 'gaiwan agreements approve agreement-5e0a... --yes 3f0c...')}`,
  },
  parameters: {
    flags: {
      yes: textFlag('Approve without asking: the digest of what you have reviewed', 'DIGEST'),
      json: jsonFlag,
    },
    positional: positional('AGREEMENT'),
  },
  async func({ yes, json }, id) {
    const wanted = yes === undefined ? undefined : parseHex(yes, 32, '--yes');
    const digest = await asUser(this, async ({ agreements }) => {
      const found = await agreements.get(id);
      note(this, agreementText(found));
      if (wanted === undefined) await confirm(this);
      else if (hex(wanted) !== hex(found.digest))
        throw new CliError('refused', `The digest is ${hex(found.digest)}: look again before you approve.`);
      await agreements.approve(id, found.digest);
      return found.digest;
    });
    print(this, json === true, { agreementId: id, digest }, () => `Approved ${hex(digest)}.`);
  },
});

async function confirm(context: Context): Promise<void> {
  const answer = await context.ask('Approve every task within this? Type yes: ');
  if (answer === undefined)
    throw usage('There is no terminal to confirm in: give --yes DIGEST, of what you have reviewed.');
  if (answer.trim().toLowerCase() !== 'yes') throw new CliError('refused', 'Not approved.');
}

const revoke = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'End an agreement at once, for all of its participants',
    fullDescription: `Tasks that wait for a worker end; one that runs already goes on.

${examples('gaiwan agreements revoke agreement-5e0a...')}`,
  },
  parameters: { flags: { json: jsonFlag }, positional: positional('AGREEMENT') },
  async func({ json }, id) {
    await asUser(this, (client) => client.agreements.revoke(id));
    print(this, json === true, { agreementId: id }, () => 'Revoked.');
  },
});

const apply = buildCommand<Json, [string, string], Context>({
  docs: {
    brief: 'Have a task of yours approved by an agreement',
    fullDescription: `Inputs that are empty get the data that the agreement names. Then run it: gaiwan tasks run TASK.

${examples('gaiwan agreements apply agreement-5e0a... task-77c1...')}`,
  },
  parameters: {
    flags: { json: jsonFlag },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, brief: 'agreement', placeholder: 'AGREEMENT' },
        taskPositional.parameters[0],
      ],
    },
  },
  async func({ json }, id, given) {
    const applied = await asUser(this, async (client, user) => {
      const { id: taskId } = await chosenTask(this, { client, user }, given);
      return { agreementId: id, taskId, digest: await client.agreements.apply(id, taskId) };
    });
    print(
      this,
      json === true,
      applied,
      () => `Approved by ${id}. Run it: gaiwan tasks run ${applied.taskId}`,
    );
  },
});

export const agreements = buildRouteMap<string, Context>({
  routes: { propose, list, show, approve, revoke, apply },
  docs: { brief: 'Standing agreements: approve a kind of task once' },
});
