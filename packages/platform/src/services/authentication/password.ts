/** Password hashes: argon2id (RFC 9106) as PHC strings; memory-hard, so few run at once. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { limits } from '../../limits.ts';
import { Turns } from '../../rpc/turns.ts';
import { lowerPoolPriority } from './pool-priority.ts';

const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const BYTES = 32;
const WAITING = limits.passwordHashesWaiting.value;
/**
 * Of the thread pool's four threads, so that other work continues; one processor is left to whoever has logged in. Users who set passwords
 * are not in the way of those who log in.
 */
const AT_ONCE = Math.max(1, Math.min(limits.passwordHashes.value, availableParallelism() - 1));
/** After a wrong one. One of two processors is half of what there is: those who guess get half of that. */
const REST = availableParallelism() > 2 ? 0 : 1;
const checked = new Turns(AT_ONCE, WAITING, { what: 'a login', rest: REST });
const made = new Turns(limits.passwordHashesMade.value, WAITING, { what: 'a new password' });

const derive = promisify(argon2);
async function hash(password: string, nonce: Uint8Array): Promise<Uint8Array> {
  const digest = await derive('argon2id', {
    message: password,
    nonce,
    parallelism: LANES,
    tagLength: BYTES,
    memory: MEMORY_KIB,
    passes: PASSES,
  });
  lowerPoolPriority();
  return digest;
}

const unpaddedBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** Rejects with `PlatformError` "busy" where too many wait. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const digest = await made.take(() => hash(password, salt));
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpaddedBase64(salt)}$${unpaddedBase64(digest)}`;
}

/**
 * Without a stored hash (unknown user) it takes as long and says no. `before`: called when it is this guess's turn, right before the
 * hash is computed; where it throws, none is. Rejects with that, and with `PlatformError` "busy" where too many wait.
 */
export async function verifyPassword(
  password: string,
  stored: string | undefined,
  before: () => void = () => undefined,
): Promise<boolean> {
  const [salt, expected] = stored?.split('$').slice(-2) ?? [];
  const nonce = salt === undefined ? new Uint8Array(16) : Buffer.from(salt, 'base64');
  const wanted = Buffer.from(expected ?? '', 'base64');
  return checked.take(async () => {
    before();
    const actual = await hash(password, nonce);
    return wanted.length === actual.length && timingSafeEqual(actual, wanted);
  });
}
