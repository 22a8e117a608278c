/** Look at exactly what is asked, and approve exactly that. */

import type { Gaiwan, Material } from '@gaiwan/client';
import { buildCommand } from '@stricli/core';
import { keepApproved, refusesHidden } from '../code/approved.ts';
import { buildReview, findBuild, requireKnownBuild } from '../code/build.ts';
import { codeReview, isBuiltIn, requireReadable, shownCode } from '../code/review.ts';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, hex, note, print } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { examples, type Json, jsonFlag, switchFlag, textFlag } from '../flags.ts';
import { asUser } from '../session.ts';
import { holdTo, requireSeen, reviewText } from '../task/review.ts';
import { type ChosenTask, chosenTask } from '../task/which.ts';
import { parseHex } from '../terminal/keys.ts';

export const manifest = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Show what you would approve, and its digest',
    fullDescription: `The manifest's bytes are fetched, hashed and checked on this machine.

${examples('gaiwan tasks manifest task-5e0a...')}`,
  },
  parameters: { flags: { json: jsonFlag }, positional: taskPositional },
  async func({ json }, given) {
    await asUser(this, async (client, user) => {
      const chosen = await chosenTask(this, { client, user }, given);
      const found = await client.tasks.manifest(chosen.id);
      const text = await reviewText(found, chosen);
      const { bytes: _, ...rest } = found;
      print(this, json === true, rest, () => text);
      holdTo(found, chosen);
    });
  },
});

export interface ApproveFlags extends Json {
  readonly yes?: string | undefined;
  readonly digest?: string | undefined;
  readonly requireKeys?: boolean | undefined;
  readonly refuseHidden?: boolean | undefined;
}

export const approveFlags = {
  yes: textFlag(
    'Approve without asking: the digest of what you have reviewed (gaiwan tasks manifest)',
    'DIGEST',
  ),
  digest: textFlag('The same', 'HEX'),
  requireKeys: switchFlag('Only if every participant has a key'),
  refuseHidden: switchFlag('Only if you can read the code (for always: gaiwan functions refuse-hidden)'),
  json: jsonFlag,
} as const;

export const approve = buildCommand<ApproveFlags, [string], Context>({
  docs: {
    brief: 'Review a task and approve exactly what you have seen',
    fullDescription: `Shows all of it, and asks. A task that differs from its description, or that has other data in your slots than you put there, is not
asked about. Where there is no terminal, give the digest of what you have reviewed with --yes. If the manifest is another by then, nothing is approved.

${examples('gaiwan tasks approve two-banks', 'gaiwan tasks approve task-5e0a... --yes 3f0c...')}`,
  },
  parameters: { flags: approveFlags, positional: taskPositional },
  async func(flags, given) {
    await asUser(this, async (client, user) => {
      const chosen = await chosenTask(this, { client, user }, given);
      const digest = await approveReviewed(this, client, { chosen, flags });
      const approved = { taskId: chosen.id, digest };
      print(this, flags.json === true, approved, () => `Approved ${hex(digest)}.`);
    });
  },
});

const nothingAttached: Material = { content: undefined, attached: [] };

/** Shows it, asks, and approves what was shown. The digest. Rejects with `CliError`. */
export async function approveReviewed(
  context: Context,
  { tasks }: Gaiwan,
  { chosen, flags }: { readonly chosen: ChosenTask; readonly flags: ApproveFlags },
): Promise<Uint8Array> {
  const wanted = seenDigest(flags);
  const refuses = flags.refuseHidden === true || refusesHidden(context.env);
  const found = await tasks.manifest(chosen.id);
  const code = await tasks.code(chosen.id, found);
  const functionId = found.manifest.function.id;
  const material = isBuiltIn(code) ? nothingAttached : await tasks.material(chosen.id, 'provenance');
  const build = await findBuild(context.env, code, material);
  const aboutCode = [
    ...codeReview(context.env, code, { name: chosen.id, functionId }),
    ...(isBuiltIn(code) ? [] : buildReview(build, material, chosen.id)),
  ];
  note(context, [await reviewText(found, chosen), ...aboutCode].join('\n'));
  holdTo(found, chosen);
  requireReadable(code, refuses);
  await requireKnownBuild(context.env, functionId, build);
  if (wanted) requireSeen(wanted, found);
  else if (!(await askToConfirm(context))) throw new CliError('refused', 'Not approved.');
  // The platform takes it for this digest alone: whatever has changed since it was shown is refused.
  await tasks.approve(chosen.id, found.digest, { requireKeys: flags.requireKeys === true });
  const shown = shownCode(code);
  if (shown) keepApproved(context.env, functionId, { task: chosen.id, code: shown, at: new Date() });
  return found.digest;
}

/** What the person says to have seen, if anything. Throws `CliError` (usage). */
function seenDigest({ yes, digest }: ApproveFlags): Uint8Array | undefined {
  const given = [yes, digest].filter((text) => text !== undefined);
  const [first, second = first] = given.map((text) =>
    parseHex(text, 32, yes === undefined ? '--digest' : '--yes'),
  );
  if (first && second && hex(first) !== hex(second))
    throw usage('--yes and --digest name different digests.');
  return first;
}

async function askToConfirm(context: Context): Promise<boolean> {
  const answer = await context.ask('Approve exactly this? Type yes: ');
  if (answer === undefined)
    throw usage('There is no terminal to confirm in: give --yes DIGEST, of what you have reviewed.');
  return answer.trim().toLowerCase() === 'yes';
}
