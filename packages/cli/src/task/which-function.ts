/** Which function a person means: by its id or its name. */
import type { FunctionInfo, Gaiwan } from '@gaiwan/client';
import { quoted } from '@gaiwan/errors';
import { type Context, note } from '../context.ts';
import { CliError } from '../errors.ts';
import { limits } from '../limits.ts';

const ID = /^function-[0-9a-f]/;

/** All that the user may use and that have this name. Rejects with `CliError` where there are too many to look at. */
export async function functionsNamed(client: Gaiwan, name: string): Promise<FunctionInfo[]> {
  if (name === '') return [];
  const found: FunctionInfo[] = [];
  for await (const { functionId } of client.functions.find({ name })) {
    if (found.length === limits.namedFunctions.value)
      throw new CliError(
        'ambiguous-name',
        `More than ${limits.namedFunctions.value} functions are called ${quoted(name)}: give the id.`,
      );
    found.push(await client.functions.get(functionId));
  }
  return found;
}

/** The id. Says which function was meant where the person did not give it. Rejects with `CliError`. */
export async function chosenFunction(context: Context, client: Gaiwan, given: string): Promise<string> {
  if (ID.test(given)) return given;
  const { functionId } = onlyFunction(given, await functionsNamed(client, given));
  note(context, `${given} is ${functionId}.`);
  return functionId;
}

export function onlyFunction(name: string, found: readonly FunctionInfo[]): FunctionInfo {
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  if (!only)
    throw new CliError(
      'unknown-name',
      `You may use no function that is called ${quoted(name)}: whoever owns it registers it for you (gaiwan functions register).`,
    );
  const lines = found.map(
    ({ functionId, owner, inputs }) =>
      `${functionId} (of ${owner}, inputs ${inputs.map((slot) => slot.name).join(', ') || '-'})`,
  );
  throw new CliError('ambiguous-name', `${quoted(name)} may be any of ${lines.join('; ')}: give the id.`);
}
