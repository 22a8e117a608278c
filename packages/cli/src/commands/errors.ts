/** errors: what a code means, and what to do. */
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, positional } from '../flags.ts';

export const errors = buildCommand<Json, [string], Context>({
  docs: {
    brief: 'Say what the code of an error means, and what to do',
    fullDescription: `Every error ends with its code in parentheses. Parts of the system may share one: then all meanings are shown.

${examples('gaiwan errors approvals-missing', 'gaiwan errors tag-mismatch --json')}`,
  },
  parameters: { flags: { json: jsonFlag }, positional: positional('CODE') },
  async func({ json }, code) {
    const { findRefusals } = await import('../refusal-lookup.ts');
    const found = findRefusals(code);
    if (found.length === 0) {
      throw usage(
        `This version knows no code ${JSON.stringify(code.slice(0, 60))}: a newer platform may have sent it. docs/errors.md lists all that it knows.`,
      );
    }
    print(this, json === true, found, () =>
      found
        .map(({ of, sent, meaning, remedy }) =>
          [`${code} (${[of, sent].filter(Boolean).join('; ')})`, `  ${meaning}`, `  ${remedy}`].join('\n'),
        )
        .join('\n\n'),
    );
  },
});
