/**
 * A rule of oxlint for the platform's sources: only `src/clock.ts` asks the machine for the time. Whoever takes a clock has to say which
 * reading it wants: the time of day, which steps, or how long something takes.
 */
import type { RuleTester } from 'oxlint/plugins-dev';

type Rule = Parameters<RuleTester['run']>[1];

const clocks = new Set([
  'Date.now',
  'performance.now',
  'performance.timeOrigin',
  'process.hrtime',
  'process.uptime',
]);
const message =
  'Take a clock (ports.ts): `Clock` for the time of day, `Stopwatch` for how long something takes.';

const oneClock: Rule = {
  create: (context) => ({
    MemberExpression(node) {
      const { object, property } = node;
      if (object.type !== 'Identifier' || property.type !== 'Identifier') return;
      if (clocks.has(`${object.name}.${property.name}`)) context.report({ node, message });
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0)
        context.report({ node, message });
    },
  }),
};

export const rules: Readonly<Record<'one-clock', Rule>> = { 'one-clock': oneClock };

const plugin: { readonly meta: object; readonly rules: Readonly<Record<string, Rule>> } = {
  meta: { name: 'clocks' },
  rules,
};
export default plugin;
