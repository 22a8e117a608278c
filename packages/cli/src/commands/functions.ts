/** functions: what may be computed. */
import type { FunctionCode, FunctionInfo } from '@gaiwan/client';
import { visible } from '@gaiwan/errors';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { functionPositional } from '../completion/positionals.ts';
import { type Context, print } from '../context.ts';
import { usage as usageError } from '../errors.ts';
import { examples, type Json, jsonFlag } from '../flags.ts';
import { asUser, loadSession } from '../session.ts';
import { chosenFunction } from '../task/which-function.ts';
import { code, codeWords, diff, hash, refuseHidden, versions } from './function-code.ts';
import { definitionOf, type FunctionFlags, functionFlags } from './function-flags.ts';
import { attach, materials, requireBuild, sigstoreRoot } from './function-materials.ts';
import { list, search } from './list-functions.ts';

const one = { flags: { json: jsonFlag }, positional: functionPositional } as const;

const register = buildCommand<FunctionFlags, [], Context>({
  docs: {
    brief: 'Offer a function',
    fullDescription: examples(
      'gaiwan functions register --name builtin-echo --public',
      'gaiwan functions register --name builtin-private-join-and-compute --allow alice --allow bob --parties 2',
      'gaiwan functions register --name my-join --executor-type python --payload join.py --argument num_user \\',
      '    --input input_data0 --input input_data1 --output output_data0 --output output_data1',
      'gaiwan functions register --project ./average --allow alice',
    ),
  },
  parameters: { flags: functionFlags },
  async func(flags) {
    const definition = await definitionOf(flags);
    const functionId = await asUser(this, (client) => client.functions.register(definition));
    print(this, flags.json === true, { functionId }, () => functionId);
  },
});

const update = buildCommand<FunctionFlags, [string], Context>({
  docs: {
    brief: 'Make a new version of a function; tasks that exist keep theirs',
    fullDescription: examples('gaiwan functions update function-1b4e... --name builtin-echo --public'),
  },
  parameters: { flags: functionFlags, positional: functionPositional },
  async func(flags, given) {
    const definition = await definitionOf(flags);
    const functionId = await asUser(this, async (client) =>
      client.functions.update(await chosenFunction(this, client, given), definition),
    );
    print(this, flags.json === true, { functionId }, () => `${functionId} has a new version.`);
  },
});

const show = buildCommand<Json, [string], Context>({
  docs: {
    brief:
      'Show a function: a registered one by its id or name, a built-in one by its name (nobody need be logged in)',
    fullDescription: examples('gaiwan functions show function-1b4e...', 'gaiwan functions show builtin-echo'),
  },
  parameters: one,
  async func({ json }, id) {
    const { catalogue, entryText, plainEntry } = await import('@gaiwan/catalogue');
    const entry = catalogue.get(id);
    if (entry) {
      print(this, json === true, plainEntry(entry), () => entryText(entry));
      return;
    }
    if (id.startsWith('builtin-') && loadSession(this.env)?.id === undefined) {
      throw usageError(
        `There is no built-in function ${JSON.stringify(id)}; see gaiwan functions list --builtin. Registered ones are shown to whoever is logged in.`,
      );
    }
    const [found, held] = await asUser(this, async (client) => {
      const chosen = await chosenFunction(this, client, id);
      return [await client.functions.get(chosen), await client.functions.code(chosen)];
    });
    const { version, access } = held;
    print(this, json === true, { ...found, version, code: access }, () => describe(found, held));
  },
});

const disable = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Stop offering a function',
    fullDescription: examples('gaiwan functions disable function-1b4e...'),
  },
  parameters: one,
  async func({ json }, given) {
    const functionId = await asUser(this, async (client) => {
      const id = await chosenFunction(this, client, given);
      await client.functions.disable(id);
      return id;
    });
    print(this, json === true, { functionId }, () => `Disabled ${functionId}.`);
  },
});

const enable = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Offer a disabled function again (for whoever disabled it)',
    fullDescription: examples('gaiwan functions enable function-1b4e...'),
  },
  parameters: one,
  async func({ json }, given) {
    const functionId = await asUser(this, async (client) => {
      const id = await chosenFunction(this, client, given);
      await client.functions.enable(id);
      return id;
    });
    print(this, json === true, { functionId }, () => `Enabled ${functionId}.`);
  },
});

const remove = buildCommand<Json, [string], Context>({
  docs: { brief: 'Delete a function', fullDescription: examples('gaiwan functions delete function-1b4e...') },
  parameters: one,
  async func({ json }, given) {
    const functionId = await asUser(this, async (client) => {
      const id = await chosenFunction(this, client, given);
      await client.functions.delete(id);
      return id;
    });
    print(this, json === true, { functionId }, () => `Deleted ${functionId}.`);
  },
});

const usage = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'How often a function ran, and may run',
    fullDescription: examples('gaiwan functions usage function-1b4e...'),
  },
  parameters: one,
  async func({ json }, given) {
    const found = await asUser(this, async (client) =>
      client.functions.usage(await chosenFunction(this, client, given)),
    );
    const of = found.quota < 0 ? 'no limit' : `${found.quota} allowed`;
    print(this, json === true, found, () => `${found.usage} used, ${of}`);
  },
});

const slots = (list: FunctionInfo['inputs']) =>
  list.map(({ name, optional }) => (optional ? `${name} (optional)` : name)).join(', ') || '-';

function describe(found: FunctionInfo, held: FunctionCode): string {
  const given = found.arguments.map(({ key, defaultValue, allowOverwrite }) =>
    allowOverwrite ? key : `${key}=${defaultValue} (fixed)`,
  );
  return [
    `${found.name}  ${found.functionId}`,
    ...(found.description || '-').split('\n').map((line) => `  ${line}`),
    `  owner      ${found.owner}`,
    `  executor   ${found.executorType}, ${codeWords(held)}`,
    `  version    ${held.version}`,
    `  who        ${found.public ? 'everyone' : found.userAllowlist.join(', ') || 'the owner'}`,
    `  arguments  ${given.join(', ') || '-'}`,
    `  inputs     ${slots(found.inputs)}`,
    `  outputs    ${slots(found.outputs)}`,
  ]
    .map(visible)
    .join('\n');
}

export const functions = buildRouteMap({
  routes: {
    register,
    update,
    show,
    list,
    search,
    code,
    diff,
    versions,
    hash,
    refuseHidden,
    attach,
    materials,
    sigstoreRoot,
    requireBuild,
    disable,
    enable,
    delete: remove,
    usage,
  },
  docs: { brief: 'Functions of a platform: what may be computed' },
});
