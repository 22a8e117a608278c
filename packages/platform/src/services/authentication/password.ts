/** Password hashes: argon2id (RFC 9106) as PHC strings; memory-hard, so few run at once. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';

const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const BYTES = 32;
/** Of the thread pool's four threads, so that other work continues. */
const AT_ONCE = limits.passwordHashes.value;
const WAITING = limits.passwordHashesWaiting.value;

const derive = promisify(argon2);
let running = 0;
const queue: (() => void)[] = [];

async function hash(password: string, nonce: Uint8Array): Promise<Uint8Array> {
  if (running >= AT_ONCE) {
    if (queue.length >= WAITING) throw refuse('busy', 'Too many logins at once: try again in some seconds.');
    await new Promise<void>((resolve) => queue.push(resolve));
  }
  running++;
  try {
    return await derive('argon2id', {
      message: password,
      nonce,
      parallelism: LANES,
      tagLength: BYTES,
      memory: MEMORY_KIB,
      passes: PASSES,
    });
  } finally {
    running--;
    queue.shift()?.();
  }
}

const unpaddedBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpaddedBase64(salt)}$${unpaddedBase64(await hash(password, salt))}`;
}

/** Without a stored hash (unknown user) it takes as long and says no. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [salt, expected] = stored?.split('$').slice(-2) ?? [];
  const actual = await hash(password, salt === undefined ? new Uint8Array(16) : Buffer.from(salt, 'base64'));
  const wanted = Buffer.from(expected ?? '', 'base64');
  return wanted.length === actual.length && timingSafeEqual(actual, wanted);
}
