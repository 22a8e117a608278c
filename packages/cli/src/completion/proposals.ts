/** What the last word of a command line could be. */
import { visible } from '@gaiwan/errors';
import { buildApp, commandNames } from '../app.ts';
import type { Context } from '../context.ts';
import { programVersion } from '../program.ts';
import { startingWith } from './names.ts';

/** The word by which the scripts of `gaiwan completion` ask; the words of the command line come after it. */
export const COMPLETE = '__complete';

/** Never rejects: a shell that completes shows no errors. A name of a stranger that hides something is left out. */
export async function proposals(words: readonly string[], context: Context): Promise<string[]> {
  const [first = '', ...more] = words;
  if (more.length === 0) return startingWith(first, commandNames());
  try {
    const { proposeCompletions } = await import('@stricli/core');
    const found = await proposeCompletions(await buildApp(words, programVersion()), words, context);
    const texts = found.map(({ completion }) => completion);
    return startingWith(
      words.at(-1) ?? '',
      texts.filter((text) => text !== '--' && visible(text) === text && !/\s/.test(text)),
    );
  } catch {
    return [];
  }
}
