/** What a person who is to approve a task reads about its code. */
import type { FunctionCode } from '@gaiwan/client';
import { visible } from '@gaiwan/errors';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { type ApprovedCode, lastApproved } from './approved.ts';
import { differencesOf, summaryOf } from './differences.ts';
import { filesOf, type ShownCode, sha256 } from './files.ts';
import { lookInside } from './inside.ts';

/** Undefined where the code may not be read. */
export const shownCode = ({ definition, payload }: FunctionCode): ShownCode | undefined =>
  payload && { definition, payload };

const HIDDEN = 'hidden by its owner';

/** The code of these is the platform's own; nothing of it can be hidden. */
export const isBuiltIn = ({ definition }: Pick<FunctionCode, 'definition'>): boolean =>
  definition.executorType === 'builtin';

/** In a sentence's place for the code itself. */
export const accessText: Readonly<Record<Exclude<FunctionCode['access'], 'shown'>, string>> = {
  hidden: HIDDEN,
  'for participants': 'for participants of its tasks: gaiwan functions code TASK',
  'signature missing': "shown to calls that the account's key has signed: log in with the key",
};

const SANDBOX = 'no network, no other files, no secrets of the platform; within the limits';

/** @param name The task as the person would type it. Throws `CliError` (io) where what was approved before cannot be read. */
export function codeReview(
  env: Context['env'],
  code: FunctionCode,
  { name, functionId }: { readonly name: string; readonly functionId: string },
): string[] {
  const last = lastApproved(env, functionId);
  const shown = shownCode(code);
  if (isBuiltIn(code))
    return [
      `code         the platform's own, which its measurement covers: gaiwan functions show ${code.definition.name}`,
    ].map(visible);
  const lines = shown
    ? shownLines(shown, name)
    : [`code         ${code.access === 'shown' ? HIDDEN : accessText[code.access]}`];
  const sandbox = [`sandbox      inputs to read, outputs to write, its log; ${SANDBOX}`];
  return [...lines, ...changeLines(code, last, name), ...sandbox].map(visible);
}

function shownLines(shown: ShownCode, name: string): string[] {
  const { payload } = shown;
  const { files, unopened } = filesOf(shown);
  const { imports, wheels } = lookInside(shown);
  const title = (index: number, text: string) => (index === 0 ? text : '').padEnd(13);
  return [
    `code         ${files.size} file${files.size === 1 ? '' : 's'}, ${payload.length} bytes, SHA-256 ${sha256(payload)}`,
    `             read it: gaiwan functions code ${name}`,
    ...(unopened === undefined ? [] : [`             A ZIP THAT IS NOT OPENED HERE: ${unopened}`]),
    `imports      ${imports.join(', ') || 'none that are written out'}`,
    ...wheels.map(
      (wheel, index) =>
        `${title(index, 'wheels')}${wheel.name ?? wheel.path} ${wheel.version ?? ''}, licence ${wheel.license ?? 'not said'}, SHA-256 ${wheel.sha256}`,
    ),
  ];
}

function changeLines(code: FunctionCode, last: ApprovedCode | undefined, name: string): string[] {
  if (!last) return ['changes      you have approved no version of this function from here before'];
  const when = `${last.task} (${last.at.toISOString().slice(0, 10)})`;
  if (last.version === code.version) return [`changes      none: you approved this version for ${when}`];
  const shown = shownCode(code);
  const title = `changes      ANOTHER VERSION than you approved last, for ${when}`;
  if (!shown) return [`${title}; what has changed is hidden`];
  const summary = summaryOf(differencesOf(last, shown));
  return [`${title}: gaiwan functions diff ${name}`, ...summary.map((line) => `  ${line}`)];
}

/** Throws `CliError` (refused) for hidden code where the person refuses that. */
export function requireReadable(code: FunctionCode, refuses: boolean): void {
  const { access } = code;
  if (!refuses || access === 'shown' || isBuiltIn(code)) return;
  throw new CliError(
    'refused',
    access === 'hidden'
      ? 'Not approved: the code is hidden by its owner, and you refuse hidden code (gaiwan functions refuse-hidden). Ask the owner for a version that participants can read.'
      : `Not approved: the code is ${accessText[access]}.`,
  );
}
