/** Where a key is, as `--key` says it and a session remembers it: a file, or an agent. */
import { resolve } from 'node:path';
import type { Signer } from '@gaiwan/client';
import { messageOf, systemCode } from '@gaiwan/errors';
import type { Context } from './context.ts';
import { usage } from './errors.ts';

export interface HeldKey {
  /** Absolute path of a file, or `agent:SHA256:...`. */
  readonly place: string;
  readonly signer: Signer;
}

const AGENT = 'agent';

/** Is it in an agent? A file of that name is `./agent`. */
export const isInAgent = (place: string): boolean => place === AGENT || place.startsWith(`${AGENT}:`);

/** Is it an agent, and no key of it named? */
export const isWholeAgent = (place: string): boolean => place === AGENT;

/** Fingerprint or comment, where the place names one. */
function nameInAgent(place: string): string | undefined {
  if (place === AGENT) return undefined;
  const name = place.slice(AGENT.length + 1);
  if (name === '')
    throw usage(`Name the agent's key: --key ${AGENT}:FINGERPRINT, or --key ${AGENT} for its only one.`);
  return name;
}

/**
 * A key where it is. An agent's comments and sockets change, so what is remembered is the fingerprint; the socket is what SSH_AUTH_SOCK
 * names each time.
 */
export async function openKey(env: Context['env'], place: string): Promise<HeldKey> {
  const { agentSigner, fileSigner, sshFingerprint } = await import('@gaiwan/client');
  if (!isInAgent(place)) return { place: resolve(place), signer: await fileSigner(place) };
  const signer = await agentSigner({ socket: env.SSH_AUTH_SOCK, key: nameInAgent(place) });
  return { place: `${AGENT}:${sshFingerprint(signer.publicKey)}`, signer };
}

/** The place of a key that is known, in whatever agent there is. */
export async function placeInAgent(publicKey: Uint8Array): Promise<string> {
  const { sshFingerprint } = await import('@gaiwan/client');
  return `${AGENT}:${sshFingerprint(publicKey)}`;
}

/** Where there is an agent, and it has the key. `trouble`: why it could not be asked. */
export async function findInAgent(
  env: Context['env'],
  publicKey: Uint8Array,
): Promise<{ readonly place?: string | undefined; readonly trouble?: string | undefined }> {
  if (!env.SSH_AUTH_SOCK) return {};
  try {
    return { place: (await openKey(env, await placeInAgent(publicKey))).place };
  } catch (error) {
    return systemCode(error) === 'agent-key-missing' ? {} : { trouble: messageOf(error) };
  }
}

/** For `keys show`: what a person goes to, and the same as JSON. */
export function describePlace(place: string | undefined): {
  readonly text: string;
  readonly json: { readonly file?: string | undefined; readonly agent?: string | undefined };
} {
  if (place === undefined) return { text: 'not on this machine', json: {} };
  const name = isInAgent(place) ? nameInAgent(place) : undefined;
  return name === undefined
    ? { text: `file ${place}`, json: { file: place } }
    : { text: `agent ${name}`, json: { agent: name } };
}
