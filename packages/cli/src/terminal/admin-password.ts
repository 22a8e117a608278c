/** The administrator's first password: given, or made. */
import { randomBytes } from 'node:crypto';
import { givenSecret } from './secrets.ts';

export function adminPasswordFor(
  env: Readonly<Partial<Record<string, string>>>,
  file: string | undefined,
): { readonly password: string; readonly made: boolean } {
  const given = givenSecret(env, { file, variable: 'GAIWAN_ADMIN_PASSWORD' });
  return given === undefined
    ? { password: randomBytes(15).toString('base64url'), made: true }
    : { password: given, made: false };
}
