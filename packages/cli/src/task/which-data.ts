/** Which data a person means: by its id or its stored name. */
import type { Gaiwan } from '@gaiwan/client';
import { quoted } from '@gaiwan/errors';
import { type Context, collect, note } from '../context.ts';
import { CliError } from '../errors.ts';

const ID = /^(input|output)-[0-9a-f]{8}-/;

/** The id. Says which data was meant where the person did not give it. Rejects with `CliError`. */
export async function chosenData(context: Context, client: Gaiwan, given: string): Promise<string> {
  if (ID.test(given)) return given;
  const found = (await collect(client.data.listAll({ namePrefix: given }))).filter(
    ({ name }) => name === given,
  );
  const [only, ...others] = found;
  if (!only)
    throw new CliError('unknown-name', `You have no data that is called ${quoted(given)}: gaiwan data list.`);
  if (others.length > 0)
    throw new CliError(
      'ambiguous-name',
      `${quoted(given)} may be any of ${found.map(({ dataId }) => dataId).join(', ')}: give the id.`,
    );
  note(context, `${given} is ${only.dataId}.`);
  return only.dataId;
}
