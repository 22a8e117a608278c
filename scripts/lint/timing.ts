/**
 * Rules of oxlint for tests: no timing decides one. A test waits for an event, or with `expect.poll`, whose patience is in
 * vitest.config.ts for all of them; it neither sleeps nor measures how long something takes. Where a pause belongs to what is
 * tested (a process that is killed at any moment), a comment disables the rule there and says why.
 */
import type { RuleTester } from 'oxlint/plugins-dev';

type Rule = Parameters<RuleTester['run']>[1];
type Visitor = ReturnType<Extract<Rule, { create: unknown }>['create']>;
type Call = Parameters<NonNullable<Visitor['CallExpression']>>[0];
type Expression = Call['callee'];

/** `a` of the call `a(...)`, `a.b` of the call `a.b(...)`. */
function nameOf({ callee }: Call): string {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type !== 'MemberExpression') return '';
  const { object, property } = callee;
  return object.type === 'Identifier' && property.type === 'Identifier'
    ? `${object.name}.${property.name}`
    : '';
}

/** `it` of the call `it.skipIf(x).each(y)(...)`. */
function rootOf({ callee }: Call): string {
  let at: Expression = callee;
  for (;;) {
    if (at.type === 'CallExpression') at = at.callee;
    else if (at.type === 'MemberExpression') at = at.object;
    else if (at.type === 'TaggedTemplateExpression') at = at.tag;
    else return at.type === 'Identifier' ? at.name : '';
  }
}

function setsTimeout(argument: Call['arguments'][number] | undefined): boolean {
  return (
    argument?.type === 'ObjectExpression' &&
    argument.properties.some(
      (property) =>
        property.type === 'Property' && property.key.type === 'Identifier' && property.key.name === 'timeout',
    )
  );
}

const noSleep: Rule = {
  create(context) {
    const timers = new Set(['setTimeout', 'setInterval', 'AbortSignal.timeout']);
    return {
      ImportDeclaration({ source, specifiers }) {
        if (!/^(node:)?timers(\/promises)?$/.test(source.value)) return;
        for (const specifier of specifiers) {
          if (specifier.type !== 'ImportSpecifier' || specifier.imported.type !== 'Identifier') continue;
          if (timers.has(specifier.imported.name)) timers.add(specifier.local.name);
        }
      },
      CallExpression(node) {
        if (timers.has(nameOf(node)))
          context.report({
            node,
            message: 'A test does not sleep: wait for the event itself, or with expect.poll.',
          });
      },
    };
  },
};

const onePatience: Rule = {
  create(context) {
    const declaring = new Set<string>();
    const message = 'The patience of tests is in vitest.config.ts: wait with expect.poll, without a timeout.';
    return {
      ImportDeclaration({ source, specifiers }) {
        if (source.value !== 'vitest') return;
        for (const { local } of specifiers)
          if (local.name !== 'expect' && local.name !== 'vi') declaring.add(local.name);
      },
      CallExpression(node) {
        const name = nameOf(node);
        const given = node.arguments;
        const own =
          name === 'vi.waitFor' ||
          name === 'vi.waitUntil' ||
          (name === 'expect.poll' && setsTimeout(given[1])) ||
          (declaring.has(rootOf(node)) &&
            given.some(
              (each) => setsTimeout(each) || (each.type === 'Literal' && typeof each.value === 'number'),
            ));
        if (own) context.report({ node, message });
      },
    };
  },
};

const noStopwatch: Rule = {
  create: (context) => ({
    CallExpression(node) {
      if (/^(performance\.now|process\.hrtime)$/.test(nameOf(node)))
        context.report({
          node,
          message: 'A test does not ask how long something takes: count, or wait for an event.',
        });
    },
  }),
};

export const rules: Readonly<Record<'no-sleep' | 'one-patience' | 'no-stopwatch', Rule>> = {
  'no-sleep': noSleep,
  'one-patience': onePatience,
  'no-stopwatch': noStopwatch,
};

const plugin: { readonly meta: object; readonly rules: Readonly<Record<string, Rule>> } = {
  meta: { name: 'tests' },
  rules,
};
export default plugin;
