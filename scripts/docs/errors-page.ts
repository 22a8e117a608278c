/** docs/errors.md, from the tables of refusals. */
import { attestationServiceRefusals, grpcStatuses, wireRefusalFamilies } from '@gaiwan/protocol';
import { exitCodes } from '../../packages/cli/src/exit-codes.ts';
import { startRefusalFamilies } from '../../packages/platform/src/refusals.ts';
import { code, table } from './markdown.ts';
import { packageNames, type RefusalRow, type Rows, refusalTablesOf } from './tables.ts';

const INTRODUCTION = `# Errors

This page is generated from the tables in the source (\`npm run docs\`). \`gaiwan errors CODE\` prints a row of what users and operators meet.

Every refusal has a stable code, which programs compare, and a sentence for people, which nobody compares. Over gRPC it travels
as a detail \`gaiwan.v1.ErrorInfo\`: the code, the sentence, the policy that decided (\`policy_id\`), and the names that it is about
(\`subjects\`). The gRPC status and message beside it are Teaclave's, for its clients; where Teaclave's contract has no text, the
message is the sentence. Files are uploaded and downloaded over plain HTTP, whose answers are JSON \`{"code", "message"}\`.`;

const TASKS = `## How a task ends

A task that ran ends \`Finished\`, with a result or with a reason: the function's own text, a file that does not authenticate (with its
slot), the limit of time, processor time, memory, outputs or log that it exceeded (with its value), or two runs that differ (in what).
A task that no worker can run ends \`Finished\`, too: \`function not available\`. What Teaclave's clients take for results, such as
\`MESAPY_EXEC_ERROR\`, are results. \`Failed\` means that three attempts were lost; \`Canceled\`, that somebody cancelled it.`;

interface Column {
  readonly title: string;
  readonly of: (row: RefusalRow) => string;
}

const grpcNumbers: Readonly<Record<string, number>> = grpcStatuses;
const columns: readonly Column[] = [
  { title: 'gRPC', of: ({ grpc }) => (grpc === undefined ? '' : `${grpcNumbers[grpc]} ${grpc}`) },
  { title: 'message of Teaclave', of: ({ wire }) => (wire === undefined ? '' : code(wire)) },
  { title: 'HTTP', of: ({ http }) => (http === undefined ? '' : String(http)) },
];

/** Columns that no row fills are left out. */
function refusals(rows: Rows): string {
  const entries = Object.entries(rows);
  const used = columns.filter(({ of }) => entries.some(([, row]) => of(row) !== ''));
  return table(
    ['code', ...used.map(({ title }) => title), 'meaning', 'remedy'],
    entries.map(([name, row]) => [code(name), ...used.map(({ of }) => of(row)), row.meaning, row.remedy]),
  );
}

/** The operator sees a start's refusals; their gRPC status is never sent. */
const unsent = (rows: Rows): Rows =>
  Object.fromEntries(Object.entries(rows).map(([name, { meaning, remedy }]) => [name, { meaning, remedy }]));

const chapter = (title: string, families: Readonly<Record<string, Rows>>): string =>
  [`## ${title}`, ...Object.entries(families).map(([name, rows]) => `### ${name}\n\n${refusals(rows)}`)].join(
    '\n\n',
  );

/** Told in chapters of their own. */
const CHAPTERS: ReadonlySet<string> = new Set(['PlatformError', 'ServiceRefusal']);

async function packageChapters(): Promise<string[]> {
  const chapters: string[] = [];
  for (const name of packageNames) {
    const classes = Object.entries(await refusalTablesOf(name)).filter(
      ([className]) => !CHAPTERS.has(className),
    );
    if (classes.length === 0) continue;
    chapters.push(
      [
        `## @gaiwan/${name}`,
        ...classes.map(([className, rows]) => `### ${code(className)}\n\n${refusals(rows)}`),
      ].join('\n\n'),
    );
  }
  return chapters;
}

const exitCodeTable = (): string =>
  table(
    ['exit code', 'meaning', 'remedy'],
    Object.values(exitCodes).map(({ value, meaning, remedy }) => [String(value), meaning, remedy]),
  );

export async function errorsPage(): Promise<string> {
  return `${[
    INTRODUCTION,
    chapter('What a platform answers', wireRefusalFamilies),
    TASKS,
    chapter(
      'What a platform reports to its operator',
      Object.fromEntries(Object.entries(startRefusalFamilies).map(([name, rows]) => [name, unsent(rows)])),
    ),
    `## What the attestation service answers

Over plain HTTP, as JSON \`{"code", "message"}\`. Evidence that is refused is 400 with the reason (\`Refusal\`, below), e.g. \`malformed\`.

${refusals(attestationServiceRefusals)}`,
    `## Exit codes of the command line\n\n${exitCodeTable()}`,
    ...(await packageChapters()),
  ].join('\n\n')}\n`;
}
