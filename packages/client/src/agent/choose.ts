/** Which of an agent's keys is meant. */
import { quoted, visible } from '@gaiwan/errors';
import { GaiwanError } from '../errors.ts';
import type { AgentKey } from './messages.ts';
import { type FitKey, fingerprintOf } from './public-key.ts';

/** A key that can be the key of an account. */
export type UsableKey = AgentKey & { readonly fit: FitKey };

const SHOWN_KEYS = 8;
const SHOWN_COMMENT = 60;
const FINGERPRINT = 'SHA256:';

/**
 * @param name fingerprint (`SHA256:...`) or comment; undefined: the only one that fits
 * @throws GaiwanError agent-key-missing, agent-key-ambiguous, agent-key-unfit
 */
export function chooseKey(keys: readonly AgentKey[], name: string | undefined): UsableKey {
  const meant = name === undefined ? keys : keys.filter((key) => isCalled(key, name));
  // An agent may list a key twice.
  const usable = new Map(meant.filter(isUsable).map((key) => [fingerprintOf(key.blob), key]));
  const [first, ...others] = usable.values();
  const called = name === undefined ? '' : ` called ${quoted(name, SHOWN_COMMENT)}`;
  if (first && others.length === 0) return first;
  if (first)
    throw new GaiwanError(
      'agent-key-ambiguous',
      `The agent has ${usable.size} keys${called} that can be an account's: name one by its fingerprint. It has ${listed([...usable.values()])}.`,
    );
  const [unfit] = meant;
  if (unfit && !unfit.fit)
    throw new GaiwanError(
      'agent-key-unfit',
      `The agent's key${meant.length > 1 ? 's' : ''}${called} cannot be an account's: ${listed(meant)}.`,
    );
  const has = keys.length === 0 ? 'no key at all' : listed(keys);
  throw new GaiwanError('agent-key-missing', `The agent has no key${called}. It has ${has}.`);
}

const isUsable = (key: AgentKey): key is UsableKey => key.fit !== undefined;

const isCalled = ({ blob, comment }: AgentKey, name: string): boolean =>
  name.startsWith(FINGERPRINT) ? fingerprintOf(blob) === name : comment === name;

/** Comments are strangers' words: on one line, in quotation marks, cut. */
function listed(keys: readonly AgentKey[]): string {
  const texts = keys
    .slice(0, SHOWN_KEYS)
    .map(
      (key) =>
        `${fingerprintOf(key.blob)} ${quoted(key.comment, SHOWN_COMMENT)} (${visible(key.type.slice(0, SHOWN_COMMENT))}${key.fit ? '' : `: ${key.why}`})`,
    );
  const more = keys.length - texts.length;
  return [...texts, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
