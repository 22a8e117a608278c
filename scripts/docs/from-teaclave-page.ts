/** docs/from-teaclave.md, from the tables that the contract suite is run by. */
import { errorRows } from '../../tests/contract/tables/errors.ts';
import {
  listRow,
  managing,
  type Role,
  registering,
  roleRows,
  roles,
} from '../../tests/contract/tables/roles.ts';
import { commandRows, commands, states } from '../../tests/contract/tables/states.ts';
import { weaknessRows } from '../../tests/contract/tables/weaknesses.ts';
import { code, table } from './markdown.ts';

const INTRODUCTION = `# From Teaclave

This page is generated (\`npm run docs\`) from the tables in \`tests/contract/tables\`. The contract suite is run by the same tables, through clients that are generated from
the \`.proto\` files: of this project, and of Python's \`grpcio\` and \`grpclib\`.

Programs of Teaclave 0.6 work unchanged: packages, field numbers, ports, metadata, codes and texts are those of its contract. \`grpc-message\` is the contract's text, and
an error has \`grpc-status\` in its first frame. What we add is in the detail of the error (\`gaiwan.v1.ErrorInfo\` in \`grpc-status-details-bin\`): our code, a sentence that says
what to do, and whom it is about ([errors.md](errors.md)). A method that there is not has the code 12.`;

const mark = (allowed: readonly Role[], role: Role): string => (allowed.includes(role) ? 'yes' : 'no');

const methods = (): string =>
  table(
    ['Method', ...roles],
    [
      ...roleRows.map(({ method, allowed }) => [code(method), ...roles.map((role) => mark(allowed, role))]),
      [`${code(listRow.method)} of somebody else`, ...roles.map((role) => mark(listRow.others, role))],
    ],
  );

const accounts = (): string =>
  table(
    ['Role', 'Registers', 'Sets passwords of, and deletes'],
    roles.map((role) => [role, registering[role].join(', '), managing[role].join(', ')]),
  );

const commandTable = (): string =>
  table(
    ['', ...commands],
    states.map((state) => [
      `**${state}**`,
      ...commands.map((command) => {
        const { from, text } = commandRows[command];
        return from.includes(state) ? 'done' : `2 ${code(text)}`;
      }),
    ]),
  );

const errors = (): string =>
  table(
    ['To', 'Method', 'Code', 'Text', 'Our code'],
    errorRows.map(({ what, method, code: status, text, detail }) => [
      what,
      code(method),
      `${status}`,
      code(text.replace('$output', 'output-…')),
      code(detail),
    ]),
  );

const weaknesses = (): string =>
  table(
    ['Area', 'With Teaclave 0.6', 'Now', 'How, or why', 'Where'],
    weaknessRows.map(({ area, weakness, now, how, where }) => [
      area,
      weakness,
      now,
      how,
      `[${where}](../${where})`,
    ]),
  );

export const fromTeaclavePage = (): string =>
  [
    INTRODUCTION,
    '## Who may call what',
    'Whoever may not gets `7 permission denied`. Everybody lists its own functions. A function owner reads and approves the tasks that its private functions are in, which Teaclave refused: so nobody could run them.',
    methods(),
    '## Who registers whom',
    'Refused with `16 permission denied`. A manager acts on those of its own group whom it has registered; a function owner registers managers of groups that it makes.',
    accounts(),
    '## Commands and states',
    'Of the creator of a task with two participants, who have a file each; a task without files, of one participant, can be invoked at once.',
    commandTable(),
    '## Errors',
    'Texts that quote what was sent quote at most 80 characters.',
    errors(),
    '## What was weak',
    'Each row is gone, and tried in the test that is named; or kept, for the reason that is given.',
    weaknesses(),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
