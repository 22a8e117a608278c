/** How the house treats errors: every class of them is coded and in a table, and nobody compares what an error says. */
import { nodesOf, type Source, type SyntaxNode } from './sources.ts';

const GUEST =
  'Inside a sandbox nothing of ours but the executor protocol is imported; the protocol carries its own code.';
const WORLD = 'It ends a history of the simulated world, and is no part of the product.';
const CLIENT = 'What a client in the simulated world is told: the codes are those of the product.';
const NODES = 'As Node throws it: the product reads the same fields.';

/** Classes that carry no code, each with the reason. By package and name. */
export const uncoded: Readonly<Record<string, string>> = {
  'cli/ZipError': 'A signal within its folder, which makes a line of a review of it.',
  'executors/MissingTool': 'A signal within its module, which makes a line of a report of it.',
  'runners/ArgumentsError': GUEST,
  'runners/ChannelError': GUEST,
  'runners/CompileError': "The declaration of an engine's own class.",
  'runners/Errno': GUEST,
  'runners/Exit': GUEST,
  'runners/LinkError': "The declaration of an engine's own class.",
  'runners/RefusedError': GUEST,
  'runners/RunnerFailure': GUEST,
  'runners/RuntimeError': "The declaration of an engine's own class.",
  'runners/Trap': GUEST,
  'sim/ConnectionLost': NODES,
  'sim/Hang': WORLD,
  'sim/NotServed': CLIENT,
  'sim/OutOfRange': NODES,
  'sim/Refused': WORLD,
  'sim/RefusedFile': NODES,
  'sim/SqliteError': NODES,
  'sim/Stopped': WORLD,
  'sim/SystemError': NODES,
  'sim/Told': CLIENT,
  'sim/Violation': WORLD,
  'store/CorruptDatabase': "A signal within its package, which treats it as one of SQLite's errors.",
};

/** Files that read what an error says, each with the reason. */
export const readers: Readonly<Record<string, string>> = {
  'packages/cli/src/commands/evidence-verify.ts': 'It does not print the same sentence twice.',
  'packages/cli/src/errors.ts': 'It does not print names that the sentence has already.',
  'packages/cli/src/project/run-tests.ts':
    "A project's test case says which words its own function fails with.",
  'packages/runners/src/javascript/errors.ts': 'QuickJS has no codes.',
  'packages/runners/src/v8-errors.ts': "V8's traps and overflows of the stack have no codes.",
};

export interface ErrorClass {
  readonly package: string;
  readonly name: string;
  /** Does it extend `CodedError`? */
  readonly coded: boolean;
  /** File and line. */
  readonly place: string;
}

const BUILT_IN = /^(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error$/;

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value;
const nameOf = (node: unknown): string | undefined =>
  isNode(node) && typeof node['name'] === 'string' ? node['name'] : undefined;

const placeOf = ({ path, text }: Source, { start }: SyntaxNode): string =>
  `${path}:${text.slice(0, start).split('\n').length}`;

/** Every class that extends an error, directly or by another class of its package. */
export function errorClasses(sources: readonly Source[]): ErrorClass[] {
  const classes = sources.flatMap((source) =>
    [...nodesOf(source.parsed.program.body)]
      .filter(({ type }) => type === 'ClassDeclaration' || type === 'ClassExpression')
      .map((node) => ({
        package: source.path.split('/')[1] ?? '',
        name: nameOf(node['id']) ?? '(without a name)',
        parent: nameOf(node['superClass']),
        place: placeOf(source, node),
      })),
  );
  const parentOf = new Map(classes.map(({ package: where, name, parent }) => [`${where}/${name}`, parent]));
  /** The first ancestor that no class of the package is. */
  const ancestorOf = (where: string, parent: string | undefined): string | undefined =>
    parent !== undefined && parentOf.has(`${where}/${parent}`)
      ? ancestorOf(where, parentOf.get(`${where}/${parent}`))
      : parent;
  return classes.flatMap(({ package: where, name, parent, place }) => {
    const ancestor = parent === 'CodedError' ? parent : ancestorOf(where, parent);
    const coded = ancestor === 'CodedError';
    return name !== 'CodedError' && (coded || BUILT_IN.test(ancestor ?? ''))
      ? [{ package: where, name, coded, place }]
      : [];
  });
}

const TEXTS = new Set(['message', 'rawMessage', 'stderr']);
const ERRORS = new Set(['error', 'cause', 'reason', 'e', 'err']);
const COMPARING = new Set(['===', '!==', '==', '!=']);
/** Methods that look for something in a text. */
const SEARCHES = new Set([
  'includes',
  'startsWith',
  'endsWith',
  'indexOf',
  'lastIndexOf',
  'match',
  'matchAll',
  'search',
]);

/** `error.message`, `error?.message`, `message` out of a pattern, `String(error)`. */
function isErrorText(node: unknown): boolean {
  if (!isNode(node)) return false;
  if (node.type === 'ChainExpression' || node.type === 'ParenthesizedExpression')
    return isErrorText(node['expression']);
  if (node.type === 'MemberExpression') return TEXTS.has(nameOf(node['property']) ?? '');
  if (node.type === 'Identifier') return TEXTS.has(nameOf(node) ?? '');
  const [given] = Array.isArray(node['arguments']) ? node['arguments'] : [];
  return (
    node.type === 'CallExpression' &&
    ['String', 'messageOf'].includes(nameOf(node['callee']) ?? '') &&
    ERRORS.has(nameOf(given) ?? '')
  );
}

/** `message === 0`: no text. */
const isNumber = (node: unknown): boolean =>
  isNode(node) && node.type === 'Literal' && typeof node['value'] === 'number';

function comparesErrorText(node: SyntaxNode): boolean {
  if (node.type === 'BinaryExpression')
    return (
      COMPARING.has(String(node['operator'])) &&
      (isErrorText(node['left']) || isErrorText(node['right'])) &&
      ![node['left'], node['right']].some(isNumber)
    );
  if (node.type === 'SwitchStatement') return isErrorText(node['discriminant']);
  const callee = node['callee'];
  if (node.type !== 'CallExpression' || !isNode(callee) || callee.type !== 'MemberExpression') return false;
  const method = nameOf(callee['property']) ?? '';
  const given = Array.isArray(node['arguments']) ? node['arguments'] : [];
  return (
    (SEARCHES.has(method) && isErrorText(callee['object'])) ||
    (['test', 'exec', 'has', 'get', ...SEARCHES].includes(method) && given.some(isErrorText))
  );
}

/** Places where a decision hangs on the words of an error. */
export const textComparisons = (source: Source): string[] =>
  [...nodesOf(source.parsed.program.body)].filter(comparesErrorText).map((node) => placeOf(source, node));
