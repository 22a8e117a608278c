/** `tasks template`: the file of a computation, to fill in. */

import { buildCommand } from '@stricli/core';
import { functionPositional } from '../completion/positionals.ts';
import { type Context, print } from '../context.ts';
import { templateOf } from '../description/template.ts';
import { examples, listFlag, numberFlag, textFlag } from '../flags.ts';

interface TemplateFlags {
  readonly party?: readonly string[] | undefined;
  readonly creator?: string | undefined;
  readonly parties?: number | undefined;
}

export const template = buildCommand<TemplateFlags, [string], Context>({
  docs: {
    brief: 'Print the file that describes a computation, to fill in (nobody need be logged in)',
    fullDescription: `For a built-in function, or for a function's project (its folder). What is still "?" is refused until it is filled in.

${examples(
  'gaiwan tasks template builtin-join-aggregate --party alder --party birch --creator analyst > join.toml',
  'gaiwan tasks template ./average --party alice > average.toml',
)}`,
  },
  parameters: {
    flags: {
      party: listFlag('User who brings data (repeatable)', 'USER'),
      creator: textFlag('User who creates the task (default: the first party)', 'USER'),
      parties: numberFlag('How many bring data (default: as many as are named, or 2)', 1, 1000),
    },
    positional: functionPositional,
  },
  async func({ party = [], creator, parties }, given) {
    const text = await templateOf(given, { users: party, creator, parties });
    print(this, false, {}, () => text);
  },
});
