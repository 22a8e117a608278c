/** `functions list` and `functions search`: what one may use, by what it is called and what it is for. */
import type { FunctionFilter, FunctionSummary } from '@gaiwan/client';
import { buildCommand } from '@stricli/core';
import { type Context, collect, print, table } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, positionalList, switchFlag, textFlag } from '../flags.ts';
import { asUser } from '../session.ts';

interface ListFlags extends Json {
  readonly mine?: boolean | undefined;
  readonly public?: boolean | undefined;
  readonly name?: string | undefined;
  readonly owner?: string | undefined;
  readonly builtin?: boolean | undefined;
}

export const list = buildCommand<ListFlags, [], Context>({
  docs: {
    brief: 'List functions that you may use, with your own, or what is built in',
    fullDescription: examples(
      'gaiwan functions list',
      'gaiwan functions list --public --name average',
      'gaiwan functions list --owner vendor',
      'gaiwan functions list --builtin',
    ),
  },
  parameters: {
    flags: {
      mine: switchFlag('What you have registered'),
      public: switchFlag('What everybody may use'),
      name: textFlag('Those whose names begin so', 'TEXT'),
      owner: textFlag('Those of one owner', 'USER'),
      builtin: switchFlag('What the platform can do by itself (nobody need be logged in)'),
      json: jsonFlag,
    },
  },
  async func(flags) {
    if (flags.mine && flags.public) throw usage('Give --mine or --public, not both.');
    if (flags.builtin) return listBuiltins(this, flags);
    return printFunctions(this, flags.json === true, {
      ...(flags.mine && { list: 'registered' }),
      ...(flags.public && { list: 'public' }),
      namePrefix: flags.name,
      owner: flags.owner,
    });
  },
});

export const search = buildCommand<Json, string[], Context>({
  docs: {
    brief: 'Find functions that you may use by words of their names and descriptions',
    fullDescription: `Each of the words must be the beginning of a word of the name, or of the first twenty or so of the description.

${examples('gaiwan functions search average income', 'gaiwan functions search join')}`,
  },
  parameters: { flags: { json: jsonFlag }, positional: positionalList('WORD', 1) },
  async func({ json }, ...words) {
    await printFunctions(this, json === true, { words: words.join(' ') });
  },
});

async function printFunctions(context: Context, json: boolean, filter: FunctionFilter): Promise<void> {
  const { items, user } = await asUser(context, async (client, id) => ({
    items: await collect(client.functions.find(filter)),
    user: id,
  }));
  const rows = items.map((item) => [
    item.name,
    item.owner,
    whoOf(item, user),
    item.version.slice(0, 12),
    item.description.split('\n', 1)[0] ?? '',
    item.functionId,
  ]);
  print(context, json, { items }, () =>
    table([['name', 'owner', 'who', 'version', 'description', 'id'], ...rows]),
  );
}

function whoOf({ owner, disabled, public: open }: FunctionSummary, user: string): string {
  if (disabled) return 'nobody: disabled';
  if (open) return 'everyone';
  return owner === user ? 'whom you allow' : 'you';
}

async function listBuiltins(context: Context, flags: ListFlags): Promise<void> {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const [other] = given.find(([name]) => name !== 'builtin' && name !== 'json') ?? [];
  if (other !== undefined) throw usage(`Give --builtin or --${other}, not both.`);
  const { catalogue, plainEntry } = await import('@gaiwan/catalogue');
  const all = [...catalogue.values()];
  const rows = all.map(({ name, summary }) => [name, summary]);
  print(context, flags.json === true, { builtins: all.map(plainEntry) }, () =>
    table([['name', 'what it does'], ...rows]),
  );
}
