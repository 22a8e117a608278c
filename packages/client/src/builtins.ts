/** Registering the platform's built-in functions without spelling them out. */
import type { RegistrationOptions } from '@gaiwan/catalogue';
import { GaiwanError } from './errors.ts';
import type { NewFunction } from './functions.ts';

/**
 * What to give to `functions.register` for a built-in function, from the catalogue: its required arguments and its slots. Add who
 * may use it (`public`, `userAllowlist`). Rejects with `GaiwanError` (bad-function-options) for a name that is not in the catalogue and for
 * options that do not fit.
 */
export async function builtinFunction(name: string, options: RegistrationOptions = {}): Promise<NewFunction> {
  // Loaded when it is needed: most programs that register nothing need none of it.
  const { catalogue, CatalogueError, registrationOf } = await import('@gaiwan/catalogue');
  const entry = catalogue.get(name);
  if (!entry) {
    throw badOptions(
      `There is no built-in function ${JSON.stringify(name)}: there are ${[...catalogue.keys()].join(', ')}.`,
    );
  }
  try {
    return registrationOf(entry, options);
  } catch (error) {
    if (error instanceof CatalogueError) throw badOptions(error.message);
    throw error;
  }
}

const badOptions = (message: string) => new GaiwanError('bad-function-options', message);
