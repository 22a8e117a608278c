/**
 * A rule of oxlint for what waits on strangers: no promise is made by hand around what may say nothing. A wait for a request is in
 * exchange.ts, which listens to the end of the connection too; streams have `pipeline`; everything else is raced with its signal.
 */
import type { RuleTester } from 'oxlint/plugins-dev';

type Rule = Parameters<RuleTester['run']>[1];

const noBarePromise: Rule = {
  create: (context) => ({
    NewExpression(node) {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'Promise') return;
      context.report({
        node,
        message:
          'It may never settle: use answerTo or send of exchange.ts, pipeline of node:stream/promises, or untilAborted.',
      });
    },
  }),
};

export const rules: Readonly<Record<'no-bare-promise', Rule>> = { 'no-bare-promise': noBarePromise };

const plugin: { readonly meta: object; readonly rules: Readonly<Record<string, Rule>> } = {
  meta: { name: 'waits' },
  rules,
};
export default plugin;
