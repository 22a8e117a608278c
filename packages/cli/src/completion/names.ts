/** Names that are known on this machine: a shell that completes a word asks no platform, and opens no key ring. */
import type { Context } from '../context.ts';

export async function knownTasks(this: Context, partial: string): Promise<string[]> {
  const [{ loadSession }, { Ring }] = await Promise.all([import('../session.ts'), import('../ring/ring.ts')]);
  const session = loadSession(this.env);
  if (session?.id === undefined || session.instance === undefined) return [];
  const { tasks: records } = new Ring(this, { instance: session.instance, user: session.id }).records();
  const names = records.map(({ name, task }) => name ?? task);
  const ids = partial.startsWith('task-') ? records.map(({ task }) => task) : [];
  return startingWith(partial, [...names, ...ids]);
}

export async function knownFunctions(this: Context, partial: string): Promise<string[]> {
  const { catalogue } = await import('@gaiwan/catalogue');
  return startingWith(partial, [...catalogue.keys()]);
}

/** Sorted, each once. */
export const startingWith = (partial: string, words: readonly string[]): string[] =>
  [...new Set(words)].filter((word) => word.startsWith(partial)).sort();

/** Of platforms that are trusted by a name on this machine. */
export async function knownTrusts(this: Context, partial: string): Promise<string[]> {
  const { trustedNames } = await import('../trusted/store.ts');
  return startingWith(partial, trustedNames(this.env));
}
