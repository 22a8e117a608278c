/** The two questions that an agent is asked (draft-ietf-sshm-ssh-agent): which keys there are, and a signature. */
import { limits } from '../limits.ts';
import { readSshKey, type SshKey } from './public-key.ts';
import { badAgent, SshReader, sshString, uint32 } from './wire.ts';

export const messageTypes = {
  failure: 5,
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
} as const;

/** A key that an agent has. `comment`: what whoever added it called it, and nothing else. */
export type AgentKey = SshKey & { readonly comment: string };

export const identitiesRequest = (): Uint8Array => Uint8Array.of(messageTypes.requestIdentities);

/** Undefined for a refusal. Throws `GaiwanError` (bad-agent). */
export function readIdentities(answer: Uint8Array): readonly AgentKey[] | undefined {
  const reader = answerOf(answer, messageTypes.identitiesAnswer);
  if (!reader) return undefined;
  const count = reader.uint32();
  if (count > limits.agentKeys.value) throw badAgent(`it announces ${count} keys`);
  const keys = Array.from({ length: count }, () => ({
    ...readSshKey(reader.string()),
    comment: reader.text(),
  }));
  reader.end();
  return keys;
}

/** Flags choose among the hashes of RSA: there are none for other keys. */
export const signRequest = (blob: Uint8Array, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(messageTypes.signRequest), sshString(blob), sshString(bytes), uint32(0)]);

/** The signature as SSH writes it. Undefined for a refusal. Throws `GaiwanError` (bad-agent). */
export function readSigned(answer: Uint8Array): Uint8Array | undefined {
  const reader = answerOf(answer, messageTypes.signResponse);
  const signature = reader?.string();
  reader?.end();
  return signature;
}

function answerOf(answer: Uint8Array, wanted: number): SshReader | undefined {
  const reader = new SshReader(answer);
  const type = reader.byte();
  if (type === messageTypes.failure) return undefined;
  if (type !== wanted) throw badAgent(`it answers with a message of type ${type}`);
  return reader;
}
