/** functions code, diff, versions, hash, refuse-hidden: read what you are asked to approve. */
import { buildCommand } from '@stricli/core';
import { lastApproved, refusesHidden, setRefusesHidden } from '../code/approved.ts';
import { differencesOf, differenceText } from '../code/differences.ts';
import { filesOf, type ShownCode, sha256, textOf } from '../code/files.ts';
import { accessText, isBuiltIn, shownCode } from '../code/review.ts';
import { writeCode } from '../code/write.ts';
import { codePositional, functionPositional } from '../completion/positionals.ts';
import { type Context, note, print, table } from '../context.ts';
import { CliError } from '../errors.ts';
import { examples, type Json, jsonFlag, positional, switchFlag, textFlag } from '../flags.ts';
import { asUser } from '../session.ts';
import { chosenTask } from '../task/which.ts';
import { chosenFunction } from '../task/which-function.ts';
import { codeInFolder, codeOnPlatform, isRemote, type NamedCode } from './which-code.ts';

interface CodeFlags extends Json {
  readonly out?: string | undefined;
}

export const code = buildCommand<CodeFlags, [string], Context>({
  docs: {
    brief: 'Read the code of a task, or of a function',
    fullDescription: `Of a task, the code is held to the version in its manifest on this machine: what is shown is what would run. Prints it, or writes it
into a new folder: definition.json, payload (as it was registered), and files/.

${examples('gaiwan functions code task-5e0a...', 'gaiwan functions code task-5e0a... --out reviewed', 'gaiwan functions code function-1b4e...')}`,
  },
  parameters: {
    flags: { out: textFlag('New folder to write it to', 'FOLDER'), json: jsonFlag },
    aliases: { o: 'out' },
    positional: codePositional,
  },
  async func({ out, json }, name) {
    const found = await asUser(this, async (client, user) => {
      const id = isRemote(name) ? name : (await chosenTask(this, { client, user }, name)).id;
      return codeOnPlatform(client, id);
    });
    if (found.note !== undefined) note(this, found.note);
    const shown = requireShown(found);
    const { version } = found.code;
    const { files, unopened } = filesOf(shown);
    const paths = out === undefined ? undefined : writeCode(out, shown);
    const list = [...files].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256(bytes) }));
    const value = { version, definition: shown.definition, payload: shown.payload, files: list, unopened };
    print(this, json === true, value, () =>
      paths ? `Wrote ${paths.length} files to ${out}. Version ${version}.` : codeText(version, shown),
    );
  },
});

function requireShown({ code: { access, payload, definition } }: NamedCode): ShownCode {
  if (access === 'shown' && payload) return { definition, payload };
  throw new CliError(
    'refused',
    `The code is ${access === 'shown' ? accessText.hidden : accessText[access]}.`,
  );
}

function codeText(version: string, shown: ShownCode): string {
  if (shown.payload.length === 0)
    return `version ${version}\nIt has no code of its own: it is built into the platform.`;
  const { files, unopened } = filesOf(shown);
  const parts = [...files].flatMap(([path, bytes]) => {
    const head = `=== ${JSON.stringify(path)}: ${bytes.length} bytes, SHA-256 ${sha256(bytes)}`;
    const text = textOf(bytes);
    return [head, text ?? '(no text: write it to a folder with --out)'];
  });
  const closed = unopened === undefined ? [] : [`A zip that is not opened here: ${unopened}.`];
  return [`version ${version}`, ...closed, ...parts].join('\n');
}

export const diff = buildCommand<Json, [string, string?], Context>({
  docs: {
    brief: 'What has changed in the code since you approved it last, or since another version',
    fullDescription: `The code that you approved last was kept on this machine.

${examples('gaiwan functions diff task-5e0a...', 'gaiwan functions diff task-5e0a... task-0c11...', 'gaiwan functions diff ./average task-5e0a...')}`,
  },
  parameters: {
    flags: { json: jsonFlag },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, brief: 'of what: task, function or folder', placeholder: 'WHAT' },
        {
          parse: String,
          brief: 'against what (default: what you approved last)',
          placeholder: 'AGAINST',
          optional: true,
        },
      ],
    },
  },
  async func({ json }, what, against) {
    const find = async (name: string) =>
      isRemote(name) ? asUser(this, (client) => codeOnPlatform(client, name)) : codeInFolder(name);
    const now = await find(what);
    const before = against === undefined ? approvedBefore(this, now, what) : await find(against);
    const differences = differencesOf(requireShown(before), requireShown(now));
    const versions = { before: before.code.version, now: now.code.version };
    print(this, json === true, { ...versions, differences }, () =>
      versions.before === versions.now
        ? `The same: version ${versions.now}.`
        : [
            `from version ${versions.before}`,
            `to version   ${versions.now}`,
            ...differences.flatMap(differenceText),
          ].join('\n'),
    );
  },
});

function approvedBefore({ env }: Context, { functionId }: NamedCode, what: string): NamedCode {
  const last = functionId === undefined ? undefined : lastApproved(env, functionId);
  if (last) return { code: { ...last, access: 'shown' }, functionId };
  throw new CliError(
    'refused',
    `No version of this function was approved from here: read all of it (gaiwan functions code ${what}), or name what to compare with.`,
  );
}

export const versions = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'The versions that a function has had',
    fullDescription: examples('gaiwan functions versions function-1b4e...'),
  },
  parameters: { flags: { json: jsonFlag }, positional: functionPositional },
  async func({ json }, given) {
    const [functionId, found] = await asUser(this, async (client) => {
      const id = await chosenFunction(this, client, given);
      return [id, await client.functions.versions(id)] as const;
    });
    const last = lastApproved(this.env, functionId);
    const rows = found.map(({ version, since, isCodeHidden }) => [
      version,
      since?.toISOString() ?? '-',
      isCodeHidden ? accessText.hidden : 'for participants',
      version === last?.version ? `for ${last.task}` : '',
    ]);
    print(this, json === true, { versions: found, approved: last?.version }, () =>
      table([['version', 'since', 'code', 'approved last'], ...rows]),
    );
  },
});

export const hash = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'The version that a project’s folder would have once it is registered',
    fullDescription: `To compare with the version in a manifest. Nobody need be logged in.

${examples('gaiwan functions hash ./average')}`,
  },
  parameters: { flags: { json: jsonFlag }, positional: positional('FOLDER') },
  async func({ json }, path) {
    const { code: found } = await codeInFolder(path);
    const { version, definition } = found;
    print(this, json === true, { version, definition }, () => version);
  },
});

export const refuseHidden = buildCommand<Json & { readonly off?: boolean | undefined }, [], Context>({
  docs: {
    brief: 'Approve no task from here whose code you cannot read',
    fullDescription: examples('gaiwan functions refuse-hidden', 'gaiwan functions refuse-hidden --off'),
  },
  parameters: { flags: { off: switchFlag('Leave it to each review again'), json: jsonFlag } },
  func({ off, json }) {
    setRefusesHidden(this.env, off !== true);
    const refuses = refusesHidden(this.env);
    print(this, json === true, { refusesHidden: refuses }, () =>
      refuses ? 'No task whose code is hidden is approved from here.' : 'Hidden code is left to each review.',
    );
  },
});

/** Of `functions show`: what is said in place of its bytes. */
export const codeWords = (found: NamedCode['code']): string => {
  if (isBuiltIn(found)) return 'built in';
  const shown = shownCode(found);
  if (!shown) return `code ${found.access === 'shown' ? accessText.hidden : accessText[found.access]}`;
  return `${shown.payload.length} bytes of code`;
};
