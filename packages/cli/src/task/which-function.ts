/** Which function a person means: by its id or its name. */
import type { FunctionInfo, FunctionSummary, Gaiwan } from '@gaiwan/client';
import { quoted } from '@gaiwan/errors';
import { type Context, note } from '../context.ts';
import { CliError } from '../errors.ts';
import { limits } from '../limits.ts';

const ID = /^function-[0-9a-f]/;

/** All that the user may use and that have this name, as lists show them. Rejects with `CliError` where there are too many to look at. */
async function summariesOf(client: Gaiwan, name: string): Promise<FunctionSummary[]> {
  const found: FunctionSummary[] = [];
  if (name === '') return found;
  for await (const summary of client.functions.find({ name })) {
    if (found.length === limits.namedFunctions.value)
      throw new CliError(
        'ambiguous-name',
        `More than ${limits.namedFunctions.value} functions are called ${quoted(name)}: give the id.`,
      );
    found.push(summary);
  }
  return found;
}

/** The same with what they want and give. Rejects where one of them may be used and not be read. */
export async function functionsNamed(client: Gaiwan, name: string): Promise<FunctionInfo[]> {
  const found: FunctionInfo[] = [];
  for (const { functionId } of await summariesOf(client, name))
    found.push(await client.functions.get(functionId));
  return found;
}

/** The id. Says which function was meant where the person did not give it. Rejects with `CliError`. */
export async function chosenFunction(context: Context, client: Gaiwan, given: string): Promise<string> {
  if (ID.test(given)) return given;
  const { functionId } = onlyFunction(given, await summariesOf(client, given));
  note(context, `${given} is ${functionId}.`);
  return functionId;
}

/** What tells functions of one name apart, as far as it is known. */
type Candidate = Pick<FunctionSummary, 'functionId' | 'owner'> & Partial<Pick<FunctionInfo, 'inputs'>>;

export function onlyFunction<Found extends Candidate>(name: string, found: readonly Found[]): Found {
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  if (!only)
    throw new CliError(
      'unknown-name',
      `You may use no function that is called ${quoted(name)}: whoever owns it registers it for you (gaiwan functions register).`,
    );
  const lines = found.map(
    ({ functionId, owner, inputs }) =>
      `${functionId} (of ${owner}${inputs ? `, inputs ${inputs.map((slot) => slot.name).join(', ') || '-'}` : ''})`,
  );
  throw new CliError('ambiguous-name', `${quoted(name)} may be any of ${lines.join('; ')}: give the id.`);
}
