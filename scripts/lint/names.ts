/**
 * Rules of oxlint for sources: a record whose keys are somebody's names has no prototype, so that no name is special. `dictionary` of
 * @gaiwan/errors makes one, a `Map` is another. Where all keys are ours, a comment disables the rule there and says so.
 */
import type { RuleTester } from 'oxlint/plugins-dev';

type Rule = Parameters<RuleTester['run']>[1];

const INSTEAD = 'use dictionary() of @gaiwan/errors, or a Map';

const noFromEntries: Rule = {
  create: (context) => ({
    MemberExpression(node) {
      const { object, property } = node;
      if (object.type !== 'Identifier' || object.name !== 'Object') return;
      if (property.type === 'Identifier' && property.name === 'fromEntries')
        context.report({ node, message: `Object.fromEntries makes a record with a prototype: ${INSTEAD}.` });
    },
  }),
};

const noNamesInPlainObjects: Rule = {
  create(context) {
    const plain = new Set<string>();
    return {
      VariableDeclarator({ id, init }) {
        if (id.type !== 'Identifier') return;
        if (init?.type === 'ObjectExpression') plain.add(id.name);
        else plain.delete(id.name);
      },
      AssignmentExpression(node) {
        const { left } = node;
        if (left.type !== 'MemberExpression' || !left.computed || left.property.type === 'Literal') return;
        if (left.object.type === 'Identifier' && plain.has(left.object.name))
          context.report({ node, message: `A name is written into an object with a prototype: ${INSTEAD}.` });
      },
    };
  },
};

/** Text for people goes through `print` and `note` of the command line, which write out what could deceive on a terminal. */
const noRawOutput: Rule = {
  create: (context) => ({
    MemberExpression(node) {
      const { object, property } = node;
      if (property.type !== 'Identifier') return;
      const ofProcess =
        property.name === 'write' &&
        object.type === 'MemberExpression' &&
        object.object.type === 'Identifier' &&
        object.object.name === 'process';
      const ofConsole = object.type === 'Identifier' && object.name === 'console';
      if (ofProcess || ofConsole)
        context.report({
          node,
          message: "A stranger's text could reach the terminal raw: use print() or note().",
        });
    },
  }),
};

export const rules: Readonly<
  Record<'no-from-entries' | 'no-names-in-plain-objects' | 'no-raw-output', Rule>
> = {
  'no-raw-output': noRawOutput,
  'no-from-entries': noFromEntries,
  'no-names-in-plain-objects': noNamesInPlainObjects,
};

const plugin: { readonly meta: object; readonly rules: Readonly<Record<string, Rule>> } = {
  meta: { name: 'names' },
  rules,
};
export default plugin;
