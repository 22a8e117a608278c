/** Whom a person trusts by which name: a private file for each name, beside the login. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@gaiwan/errors';
import { configFolder } from '../config-folder.ts';
import type { Context } from '../context.ts';
import { CliError, usage } from '../errors.ts';
import { limits } from '../limits.ts';
import { readFields } from '../project/fields.ts';
import { readPrivate, writePrivate } from '../ring/private-file.ts';
import { filesIn } from '../ring/ring.ts';
import { bundleText, parseBundle, TRUST_NAME, type TrustBundle } from './bundle.ts';
import type { LocalSettings } from './reference.ts';

const FORMAT = 'gaiwan-trusted/1';

/** Who said that the bundle is to be trusted. */
export type Authority = 'person' | 'auditors';

export interface Trusted {
  readonly name: string;
  readonly bundle: TrustBundle;
  readonly authority: Authority;
  /** ISO 8601. */
  readonly since: string;
  readonly local: LocalSettings;
  /** The instance that was seen first, where the bundle names none. */
  readonly seen?: string | undefined;
}

type Environment = Context['env'];

const folderOf = (env: Environment) => join(configFolder(env), 'trust');

function pathOf(env: Environment, name: string): string {
  if (TRUST_NAME.test(name)) return join(folderOf(env), `${name}.json`);
  throw usage(`${JSON.stringify(name)} is no name: use lower-case letters, digits, ".", "-" and "_".`);
}

export const trustedNames = (env: Environment): string[] =>
  filesIn(folderOf(env)).flatMap((file) => {
    const name = file.endsWith('.json') ? file.slice(0, -'.json'.length) : '';
    return TRUST_NAME.test(name) ? [name] : [];
  });

/** Undefined where nobody is trusted by this name. Throws `CliError`. */
export function readTrusted(env: Environment, name: string): Trusted | undefined {
  const path = pathOf(env, name);
  const text = readPrivate(path, limits.trustRecord.value);
  return text === undefined ? undefined : parseTrusted(text, name, path);
}

/** Throws `CliError` (unknown-name). */
export function requireTrusted(env: Environment, name: string): Trusted {
  const found = readTrusted(env, name);
  if (found) return found;
  throw new CliError(
    'unknown-name',
    `You trust nobody by the name ${name}: add its bundle (gaiwan trust add FILE), or look at gaiwan trust list.`,
  );
}

export function saveTrusted(env: Environment, { name, bundle, ...known }: Trusted): void {
  const { authority, since, local, seen } = known;
  const record = { format: FORMAT, authority, since, local, seen, bundle: bundleText(bundle) };
  writePrivate(pathOf(env, name), `${JSON.stringify(record, null, 1)}\n`);
}

export function forgetTrusted(env: Environment, name: string): void {
  rmSync(pathOf(env, name), { force: true });
}

function parseTrusted(text: string, name: string, path: string): Trusted {
  try {
    const fields = readFields(JSON.parse(text), path);
    if (fields.text('format') !== FORMAT) throw fields.wrong('is of another format');
    const authority = fields.text('authority');
    if (authority !== 'person' && authority !== 'auditors') throw fields.wrong('is vouched for by nobody');
    const local = fields.required('local');
    const record = {
      name,
      authority,
      since: fields.text('since'),
      local: { endorsements: local.optionalText('endorsements'), pccs: local.optionalText('pccs') },
      seen: fields.optionalText('seen'),
      bundle: parseBundle(Buffer.from(fields.text('bundle')), path),
    } as const;
    local.end();
    fields.end();
    return record;
  } catch (cause) {
    throw new CliError(
      'io',
      `${path} cannot be read as what you trust (${messageOf(cause).slice(0, 200)}): remove it, and add the bundle again.`,
      { cause },
    );
  }
}
