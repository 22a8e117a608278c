/** docs/attacks.md: what came back of each method, by attacker. */
import type { Outcome } from './attack.ts';

const HEAD = `# What a hostile user gets, method by method

Made by \`tests/attacks/hostile-methods.test.ts\`, which fails where an answer differs from this page. Each column is somebody with every right that it can have, against a bank that
holds its own [key](keys.md): with a task that has ended (result, log, output), one that everybody has approved, one that the bank has not approved, one that runs or waits to, files, an upload that is
under way. Each method was called on each of them; of a stolen session and a reset password also with a signature by the attacker's own key.

\`ok\` is an answer; all other words are codes of [refusals](errors.md). In no answer, refusal or stream was a byte of the bank's inputs, outputs, results, logs, file keys, capabilities,
password or recovery code, and nothing was run on its data. Shown by design are the code of private functions (to their owner and to administrators) and the arguments of the bank's own tasks (to its
session, which sees what is to be approved).
`;

export function attacksPage(outcomes: Readonly<Record<string, Outcome>>): string {
  const names = Object.keys(outcomes);
  const methods = [...new Set(Object.values(outcomes).flatMap(({ codes }) => Object.keys(codes)))].sort();
  const cell = (name: string, method: string) =>
    (outcomes[name]?.codes[method] ?? []).map((code) => `\`${code}\``).join(' ');
  const rows = methods.map((method) => [`\`${method}\``, ...names.map((name) => cell(name, method))]);
  const table = [['method', ...names], ['', ...names].map(() => '--'), ...rows];
  return `${HEAD}\n${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
}
