/** docs/tasks.md, from the table of transitions that the platform decides by. */
import { platformRefusals } from '../../packages/platform/src/refusals.ts';
import type { Guard } from '../../packages/platform/src/tasks/engine/guards.ts';
import { type State, states } from '../../packages/platform/src/tasks/engine/states.ts';
import {
  type Branch,
  type Operation,
  operations,
  type Row,
  table as transitions,
} from '../../packages/platform/src/tasks/engine/table.ts';
import { code, table } from './markdown.ts';

const INTRODUCTION = `# The life of a task

This page is generated from the table of transitions (\`npm run docs\`): \`packages/platform/src/tasks/engine/table.ts\`, by which the platform
decides. Every operation is one commit: the task's record, its item in the work queue, and an event in the log.

Before they approve, participants read the code that the task runs: [reading code](reading-code.md). What a task waits for, and who can do it, says \`gaiwan tasks why\`: [finding things](finding.md).`;

const rowOf = (operation: Operation): Row<never, never> => transitions[operation];
const branchesOf = (operation: Operation, state: State): readonly Branch[] =>
  rowOf(operation).from[state] ?? [];
const guardsOf = (operation: Operation): Guard<never, never>[] =>
  rowOf(operation).checks.filter((check) => check !== 'state');

/** What an arrow says: the operation, and where several leave, on which condition it is taken. */
const label = (operation: Operation, { when }: Branch, branches: readonly Branch[]): string => {
  if (when) return `${operation} [${when.name}]`;
  return branches.length > 1 ? `${operation} [else]` : operation;
};

/** An arrow for each pair of states, with all operations that lead from one to the other. */
function picture(): string {
  const arrows = new Map<string, string[]>();
  for (const state of states) {
    for (const operation of operations) {
      const branches = branchesOf(operation, state);
      for (const branch of branches) {
        const arrow = `${state === 'absent' ? '[*]' : state} --> ${branch.to}`;
        arrows.set(arrow, [...(arrows.get(arrow) ?? []), label(operation, branch, branches)]);
      }
    }
  }
  const isEnd = (state: State) => operations.every((operation) => branchesOf(operation, state).length === 0);
  const lines = [
    ...[...arrows].map(([arrow, labels]) => `${arrow}: ${labels.join('<br>')}`),
    ...states.filter(isEnd).map((state) => `${state} --> [*]`),
  ];
  return ['```mermaid', 'stateDiagram-v2', ...lines.map((line) => `    ${line}`), '```'].join('\n');
}

/** Where an operation leads, or the code that refuses it. */
const cell = (operation: Operation, state: State): string => {
  const branches = branchesOf(operation, state);
  return branches.length === 0
    ? code(rowOf(operation).otherwise)
    : branches.map(({ to }) => `**${to}**`).join(' or ');
};

const matrix = (): string =>
  table(
    ['operation', ...states.map((state) => (state === 'absent' ? 'no task' : state))],
    operations.map((operation) => [
      operation,
      ...states.map((state) =>
        state === 'absent' && operation !== 'create' ? code('unknown-task') : cell(operation, state),
      ),
    ]),
  );

/** The checks of an operation in their order. */
function checks(operation: Operation): string {
  const { checks: all } = rowOf(operation);
  return all
    .map((check) => (check === 'state' ? 'its state' : `${check.name} (${code(check.code)})`))
    .join('; ');
}

const rows = (): string =>
  table(
    ['operation', 'by', 'looks at, in this order', 'refuses also with', 'event', 'work queue'],
    operations.map((operation) => {
      const { actor, refuses = [], event, queue = '' } = rowOf(operation);
      return [operation, actor, checks(operation), refuses.map(code).join(', '), code(event), queue];
    }),
  );

function refusals(): string {
  const codes = operations.flatMap((operation) => [
    rowOf(operation).otherwise,
    ...guardsOf(operation).map((guard) => guard.code),
    ...(rowOf(operation).refuses ?? []),
  ]);
  return table(
    ['code', 'meaning'],
    [...new Set(codes)].sort().map((name) => [code(name), platformRefusals[name].meaning]),
  );
}

export const tasksPage = (): string =>
  `${[
    INTRODUCTION,
    picture(),
    '## States and operations',
    'A next state, or the code that refuses the operation. Where two states are named, the first one needs what its arrow above says.',
    matrix(),
    '## Operations',
    'Access control is asked before any of these checks. A check that fails ends the operation with its code; nothing is written then.',
    rows(),
    '## Refusals',
    'What to do about each is in [errors.md](errors.md).',
    refusals(),
  ].join('\n\n')}\n`;
