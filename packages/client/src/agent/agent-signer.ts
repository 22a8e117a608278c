/** Keys in an agent: ssh-agent, and whatever speaks its protocol (gpg-agent, smart cards behind either, password managers). */
import { createPublicKey, verify } from 'node:crypto';
import { visible } from '@gaiwan/errors';
import { GaiwanError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Signer } from '../signer.ts';
import { chooseKey, type UsableKey } from './choose.ts';
import { askAgent } from './connection.ts';
import { identitiesRequest, readIdentities, readSigned, signRequest } from './messages.ts';
import { fingerprintOf } from './public-key.ts';
import { readSshSignature } from './signature.ts';
import { badAgent } from './wire.ts';

export interface AgentOptions {
  /** The agent's Unix socket. Default: the one that the variable `SSH_AUTH_SOCK` names. */
  readonly socket?: string | undefined;
  /** Which of its keys: fingerprint as `ssh-add -l` prints it (`SHA256:...`), or comment. Default: the only one that fits. */
  readonly key?: string | undefined;
}

/**
 * Signs with a key of Ed25519 or P-256 that an agent holds. Each signature is a question to the agent, which may ask its user.
 *
 * @throws GaiwanError agent-unreachable, bad-agent, agent-refused, agent-key-missing, agent-key-ambiguous, agent-key-unfit
 * @example
 * const signer = await agentSigner({ key: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU' });
 * await client.login('alice', password, { signer });
 */
export async function agentSigner({
  socket = process.env['SSH_AUTH_SOCK'],
  key: name,
}: AgentOptions = {}): Promise<Signer> {
  if (!socket)
    throw new GaiwanError(
      'agent-unreachable',
      'No agent is named: the variable SSH_AUTH_SOCK is not set. eval "$(ssh-agent)" starts one.',
    );
  const answer = await askAgent(socket, identitiesRequest(), limits.agentAnswer.value);
  const keys = readIdentities(answer);
  if (!keys)
    throw new GaiwanError('agent-refused', `The agent at ${visible(socket)} does not list its keys.`);
  const key = chooseKey(keys, name);
  return { ...key.fit, sign: (bytes) => signWith(socket, key, bytes) };
}

async function signWith(socket: string, { blob, fit }: UsableKey, bytes: Uint8Array): Promise<Uint8Array> {
  const answer = await askAgent(socket, signRequest(blob, bytes), limits.agentSignature.value);
  const signed = readSigned(answer);
  if (!signed)
    throw new GaiwanError(
      'agent-refused',
      `The agent at ${visible(socket)} does not sign with ${fingerprintOf(blob)}: you did not confirm, it is locked, the key was removed, or it is only for certain hosts.`,
    );
  const signature = readSshSignature(signed, fit.algorithm);
  const key = createPublicKey({ key: Buffer.from(fit.publicKey), format: 'der', type: 'spki' });
  const digest = fit.algorithm === 'Ed25519' ? null : 'sha256';
  if (!verify(digest, bytes, { key, dsaEncoding: 'ieee-p1363' }, signature))
    throw badAgent(`its signature is not one of ${fingerprintOf(blob)} over what was to be signed`);
  return signature;
}
