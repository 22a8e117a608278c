/** Mounts a file system that this process answers for, until its parent is gone: a double of a kernel's interface. */
import { execFileSync } from 'node:child_process';
import { openSync, read, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { answer, BUFFER, initOut, op, type Request, requestIn } from './fuse-wire.ts';

/** The body of the answer; undefined where none is expected. Rejects with an error that has the kernel's code. */
export type Handler = (request: Request) => Promise<Uint8Array | undefined>;

const UNKNOWN = constants.errno.EIO;
const unanswered: readonly number[] = [op.forget, op.batchForget, op.interrupt];

export function serveFuse(folder: string, handle: Handler): void {
  const device = openSync('/dev/fuse', 'r+');
  execFileSync(
    'mount',
    ['-i', '-t', 'fuse', '-o', 'fd=3,rootmode=40000,user_id=0,group_id=0', 'gaiwan-double', folder],
    { stdio: ['ignore', 'ignore', 'pipe', device] },
  );
  process.once('disconnect', () => {
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
    process.exit(0);
  });
  listen(device, handle);
}

function listen(device: number, handle: Handler): void {
  const buffer = Buffer.alloc(BUFFER);
  read(device, buffer, 0, BUFFER, null, (error, length) => {
    // ENODEV: unmounted.
    if (error) process.exit(error.code === 'ENODEV' ? 0 : 1);
    void respond(device, handle, requestIn(buffer.subarray(0, length)));
    listen(device, handle);
  });
}

async function respond(device: number, handle: Handler, request: Request): Promise<void> {
  if (unanswered.includes(request.opcode)) return;
  let bytes: Buffer;
  try {
    const body = request.opcode === op.init ? initOut() : await handle(request);
    bytes = answer(request.unique, 0, body);
  } catch (error) {
    const { errno } = constants as { errno: Record<string, number> };
    bytes = answer(request.unique, errno[(error as { code: string }).code] ?? UNKNOWN);
  }
  writeSync(device, bytes);
}
