/** tasks: describe, look, approve, run. */
import { dictionary, systemCode } from '@gaiwan/errors';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { codeReview } from '../code/review.ts';
import { type Context, collect, print, table } from '../context.ts';
import { usage } from '../errors.ts';
import * as flag from '../flags.ts';
import { asUser } from '../session.ts';
import { readText } from '../terminal/secrets.ts';
import { approve, manifest } from './approve.ts';
import { cancel, invoke, remove, report, result, watch } from './run-task.ts';
import { statusName, taskText } from './show-task.ts';
import { type OptionFlags, optionFlags, options, optionsOf } from './task-options.ts';

type Json = flag.Json;
type List = readonly string[] | undefined;

interface CreateFlags extends Json, OptionFlags {
  readonly function: string;
  readonly executor?: string | undefined;
  readonly arguments?: string | undefined;
  readonly argumentsFile?: string | undefined;
  readonly input?: List;
  readonly output?: List;
}

const create = buildCommand<CreateFlags, [], Context>({
  docs: {
    brief: 'Describe a computation',
    fullDescription: flag.examples(
      `gaiwan tasks create --function function-1b4e... --arguments '{"message":"hi"}'`,
      `gaiwan tasks create --function function-9d02... --arguments '{"num_user":2}' --input input_data0=alice \\`,
      '    --input input_data1=bob --output output_data0=alice --output output_data1=bob',
      'gaiwan tasks create --function function-77c1... --executor python --memory-limit 2048 --logs creator --repeat',
    ),
  },
  parameters: {
    flags: {
      function: flag.requiredText('The function', 'FUNCTION_ID'),
      executor: flag.textFlag(
        'builtin (default), python, cpython, wasm, javascript, mesapy, wamr, or a custom one',
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
    if (flags.arguments !== undefined && flags.argumentsFile !== undefined) {
      throw usage('Give --arguments or --arguments-file, not both.');
    }
    const text = flags.argumentsFile === undefined ? flags.arguments : readText(flags.argumentsFile);
    const wanted = optionsOf(flags);
    const taskId = await asUser(this, (client) =>
      client.tasks.create({
        functionId: flags.function,
        executor: flags.executor ?? 'builtin',
        arguments: text ?? '{}',
        inputs: owners(flags.input),
        outputs: owners(flags.output),
        ...wanted,
      }),
    );
    print(this, flags.json === true, { taskId }, () => taskId);
  },
});

function owners(given: List): Record<string, string[]> {
  const slots = Object.entries(flag.pairs(given, 'SLOT=USER[,USER]'));
  return dictionary(slots.map(([slot, users]) => [slot, users.split(',')]));
}

const show = buildCommand<Json, [string], Context>({
  docs: { brief: 'Show a task', fullDescription: flag.examples('gaiwan tasks show task-5e0a...') },
  parameters: { flags: { json: flag.jsonFlag }, positional: flag.positional('TASK_ID') },
  async func({ json }, id) {
    const { task, approvable, code } = await asUser(this, async (client) => {
      const found = await client.tasks.get(id);
      // Before all slots are filled there is no manifest, and nobody's authority is fixed.
      const manifest = await client.tasks.manifest(id).catch((error: unknown) => {
        if (systemCode(error) === 'nothing-to-approve') return undefined;
        throw error;
      });
      return { task: found, approvable: manifest, code: await client.tasks.code(id, manifest) };
    });
    const { manifest, goneUsers, voidUsers } = approvable ?? {};
    const more = { authorities: manifest?.participants, goneUsers, voidUsers };
    const held = { version: code.version, code: code.access };
    print(this, json === true, { ...task, ...more, ...held }, () =>
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
  input: flag.listFlag('Data for an input slot (repeatable)', 'SLOT=DATA_ID'),
  output: flag.listFlag('Data for an output slot (repeatable)', 'SLOT=DATA_ID'),
  json: flag.jsonFlag,
} as const;

const assignment = ({ input, output }: AssignFlags) => ({
  inputs: flag.pairs(input, 'SLOT=DATA_ID'),
  outputs: flag.pairs(output, 'SLOT=DATA_ID'),
});

const assign = buildCommand<AssignFlags, [string], Context>({
  docs: {
    brief: 'Put your data into the slots of a task',
    fullDescription: flag.examples(
      'gaiwan tasks assign task-5e0a... --input input_data0=input-9c1f... --output output_data0=output-77aa...',
    ),
  },
  parameters: { flags: assignFlags, positional: flag.positional('TASK_ID') },
  async func(flags, taskId) {
    const data = assignment(flags);
    await asUser(this, (client) => client.tasks.assign(taskId, data));
    print(this, flags.json === true, { taskId }, () => 'Assigned.');
  },
});

const replace = buildCommand<AssignFlags, [string], Context>({
  docs: {
    brief: 'Put other data into slots of a task; voids every approval',
    fullDescription: flag.examples('gaiwan tasks replace task-5e0a... --input input_data0=input-31d7...'),
  },
  parameters: { flags: assignFlags, positional: flag.positional('TASK_ID') },
  async func(flags, taskId) {
    const data = assignment(flags);
    await asUser(this, (client) => client.tasks.replaceData(taskId, data));
    print(
      this,
      flags.json === true,
      { taskId },
      () => 'Replaced. Every approval is void: look at the manifest again.',
    );
  },
});

const list = buildCommand<Json, [], Context>({
  docs: { brief: 'List your tasks', fullDescription: flag.examples('gaiwan tasks list') },
  parameters: { flags: { json: flag.jsonFlag } },
  async func({ json }) {
    const items = await asUser(this, (client) => collect(client.tasks.listAll()));
    const rows = items.map(({ taskId, functionName, creator, status }) => [
      taskId,
      statusName(status),
      functionName,
      creator,
    ]);
    print(this, json === true, { items }, () => table([['id', 'status', 'function', 'creator'], ...rows]));
  },
});

export const tasks = buildRouteMap({
  routes: {
    create,
    options,
    show,
    manifest,
    approve,
    assign,
    replace,
    invoke,
    watch,
    result,
    report,
    cancel,
    delete: remove,
    list,
  },
  docs: { brief: 'Tasks: describe, look, approve, run' },
});
