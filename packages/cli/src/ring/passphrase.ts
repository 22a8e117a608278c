/** The passphrase of a key ring: from the environment or a prompt, never from an option. */
import { systemCode } from '@gaiwan/errors';
import { type Context, note } from '../context.ts';
import { CliError } from '../errors.ts';
import { readSecret } from '../terminal/secrets.ts';

const LEAST = 8;

/** Rejects with `CliError` (ring-locked) where there is none to be had. `isNew`: asks twice. */
export async function readPassphrase(
  context: Context,
  { isNew, variable = 'GAIWAN_RING_PASSPHRASE' }: { readonly isNew: boolean; readonly variable?: string },
): Promise<string> {
  if (isNew)
    note(
      context,
      'Your key ring gets a passphrase. Who has neither it nor an exported ring cannot read results: keep it safe.',
    );
  const prompt = isNew ? 'New passphrase of your key ring: ' : 'Passphrase of your key ring: ';
  const passphrase = await readSecret(context.env, { variable, prompt, confirm: isNew }).catch(
    (error: unknown) => {
      if (systemCode(error) !== 'usage' || process.stdin.isTTY) throw error;
      throw new CliError(
        'ring-locked',
        `The key ring is locked: set ${variable} or ${variable}_FILE, or run it in a terminal.`,
        { cause: error },
      );
    },
  );
  if (isNew && Buffer.byteLength(passphrase) < LEAST)
    throw new CliError(
      'ring-locked',
      `A passphrase of a key ring has at least ${LEAST} bytes: nothing was made.`,
    );
  return passphrase;
}
