/** tasks: describe, look, approve, run. */

import type { Gaiwan } from '@gaiwan/client';
import { dictionary, systemCode } from '@gaiwan/errors';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { codeReview } from '../code/review.ts';
import { taskPositional } from '../completion/positionals.ts';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import * as flag from '../flags.ts';
import { asUser } from '../session.ts';
import { inWords, taskText } from '../task/show-task.ts';
import { chosenTask } from '../task/which.ts';
import { chosenData } from '../task/which-data.ts';
import { chosenFunction } from '../task/which-function.ts';
import { readText } from '../terminal/secrets.ts';
import { approve, manifest } from './approve.ts';
import { createFromFile } from './create-from-file.ts';
import { decline } from './decline-task.ts';
import { fetch } from './fetch-task.ts';
import { join } from './join-task.ts';
import { list } from './list-tasks.ts';
import { run } from './run.ts';
import { cancel, invoke, remove, report, result, watch } from './run-task.ts';
import { type OptionFlags, optionFlags, options, optionsOf } from './task-options.ts';
import { template } from './template.ts';
import { why } from './why.ts';

type Json = flag.Json;
type List = readonly string[] | undefined;

interface CreateFlags extends Json, OptionFlags {
  readonly file?: string | undefined;
  readonly function?: string | undefined;
  readonly executor?: string | undefined;
  readonly arguments?: string | undefined;
  readonly argumentsFile?: string | undefined;
  readonly input?: List;
  readonly output?: List;
}

const create = buildCommand<CreateFlags, [], Context>({
  docs: {
    brief: 'Describe a computation',
    fullDescription: `From a file that says all of it and can be reviewed (gaiwan tasks template FUNCTION writes one to fill in), or by options.

${flag.examples(
  'gaiwan tasks create --file join.toml',
  `gaiwan tasks create --function function-1b4e... --arguments '{"message":"hi"}'`,
  `gaiwan tasks create --function function-9d02... --arguments '{"num_user":2}' --input input_data0=alice \\`,
  '    --input input_data1=bob --output output_data0=alice --output output_data1=bob',
  'gaiwan tasks create --function function-77c1... --executor python --memory-limit 2048 --logs creator --repeat',
)}`,
  },
  parameters: {
    flags: {
      file: flag.textFlag('The file that describes it (TOML)', 'FILE'),
      function: flag.textFlag('The function, by its name or id', 'FUNCTION'),
      executor: flag.textFlag(
        'builtin (default), onnx-native, python, cpython, wasm, javascript, mesapy, wamr, or a custom one',
        'NAME',
      ),
      arguments: flag.textFlag('Arguments: a JSON object (default: {})', 'JSON'),
      argumentsFile: flag.textFlag('The same from a file', 'FILE'),
      input: flag.listFlag('Who owns the data of an input slot (repeatable)', 'SLOT=USER[,USER]'),
      output: flag.listFlag('Who owns the data of an output slot (repeatable)', 'SLOT=USER[,USER]'),
      ...optionFlags,
      json: flag.jsonFlag,
    },
  },
  async func(flags) {
    const { file, function: given, json } = flags;
    if (file !== undefined) {
      refuseBesideFile(flags);
      return createFromFile(this, file, json === true);
    }
    if (given === undefined) throw usage('Say what to compute: --file FILE, or --function FUNCTION.');
    if (flags.arguments !== undefined && flags.argumentsFile !== undefined) {
      throw usage('Give --arguments or --arguments-file, not both.');
    }
    const text = flags.argumentsFile === undefined ? flags.arguments : readText(flags.argumentsFile);
    const wanted = optionsOf(flags);
    const taskId = await asUser(this, async (client) =>
      client.tasks.create({
        functionId: await chosenFunction(this, client, given),
        executor: flags.executor ?? 'builtin',
        arguments: text ?? '{}',
        inputs: owners(flags.input),
        outputs: owners(flags.output),
        ...wanted,
      }),
    );
    print(this, json === true, { taskId }, () => taskId);
  },
});

function refuseBesideFile(flags: CreateFlags): void {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const [twice] = given.find(([name]) => name !== 'file' && name !== 'json') ?? [];
  if (twice !== undefined) throw usage(`--file says what ${twice} is: change the file.`);
}

function owners(given: List): Record<string, string[]> {
  const slots = Object.entries(flag.pairs(given, 'SLOT=USER[,USER]'));
  return dictionary(slots.map(([slot, users]) => [slot, users.split(',')]));
}

const show = buildCommand<Json, [string], Context>({
  docs: { brief: 'Show a task', fullDescription: flag.examples('gaiwan tasks show task-5e0a...') },
  parameters: { flags: { json: flag.jsonFlag }, positional: taskPositional },
  async func({ json }, given) {
    const { id, task, approvable, code } = await asUser(this, async (client, user) => {
      const { id } = await chosenTask(this, { client, user }, given);
      const found = await client.tasks.get(id);
      // Before all slots are filled there is no manifest, and nobody's authority is fixed.
      const manifest = await client.tasks.manifest(id).catch((error: unknown) => {
        if (systemCode(error) === 'nothing-to-approve') return undefined;
        throw error;
      });
      return { id, task: found, approvable: manifest, code: await client.tasks.code(id, manifest) };
    });
    const { manifest, goneUsers, voidUsers } = approvable ?? {};
    const more = { authorities: manifest?.participants, goneUsers, voidUsers };
    const held = { version: code.version, code: code.access };
    print(this, json === true, { ...inWords(task), ...more, ...held }, () =>
      [
        taskText(task, approvable),
        ...codeReview(this.env, code, { name: id, functionId: task.functionId }),
      ].join('\n'),
    );
  },
});

interface AssignFlags extends Json {
  readonly input?: List;
  readonly output?: List;
}

const assignFlags = {
  input: flag.listFlag('Data for an input slot (repeatable)', 'SLOT=DATA'),
  output: flag.listFlag('Data for an output slot (repeatable)', 'SLOT=DATA'),
  json: flag.jsonFlag,
} as const;

/** Names of data become ids before anything is sent. */
async function assignment(context: Context, client: Gaiwan, { input, output }: AssignFlags) {
  const ids = async (given: List) => {
    const chosen: [string, string][] = [];
    for (const [slot, data] of Object.entries(flag.pairs(given, 'SLOT=DATA')))
      chosen.push([slot, await chosenData(context, client, data)]);
    return dictionary(chosen);
  };
  return { inputs: await ids(input), outputs: await ids(output) };
}

const assign = buildCommand<AssignFlags, [string], Context>({
  docs: {
    brief: 'Put your data into the slots of a task',
    fullDescription: flag.examples(
      'gaiwan tasks assign task-5e0a... --input input_data0=input-9c1f... --output output_data0=output-77aa...',
    ),
  },
  parameters: { flags: assignFlags, positional: taskPositional },
  async func(flags, given) {
    const taskId = await asUser(this, async (client, user) => {
      const { id } = await chosenTask(this, { client, user }, given);
      await client.tasks.assign(id, await assignment(this, client, flags));
      return id;
    });
    print(this, flags.json === true, { taskId }, () => 'Assigned.');
  },
});

const replace = buildCommand<AssignFlags, [string], Context>({
  docs: {
    brief: 'Put other data into slots of a task; voids every approval',
    fullDescription: flag.examples('gaiwan tasks replace task-5e0a... --input input_data0=input-31d7...'),
  },
  parameters: { flags: assignFlags, positional: taskPositional },
  async func(flags, given) {
    const taskId = await asUser(this, async (client, user) => {
      const { id } = await chosenTask(this, { client, user }, given);
      await client.tasks.replaceData(id, await assignment(this, client, flags));
      return id;
    });
    print(
      this,
      flags.json === true,
      { taskId },
      () => 'Replaced. Every approval is void: look at the manifest again.',
    );
  },
});

export const tasks = buildRouteMap({
  routes: {
    template,
    create,
    join,
    options,
    show,
    manifest,
    approve,
    assign,
    replace,
    run,
    invoke,
    watch,
    result,
    fetch,
    report,
    why,
    decline,
    cancel,
    delete: remove,
    list,
  },
  docs: { brief: 'Tasks: describe, look, approve, run' },
});
