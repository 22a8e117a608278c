/**
 * A character device of the kernel's TPM driver (/dev/tpmrm0), as a file that is mounted, before the socket of a TPM in software.
 * As the driver: a command is one write, which waits until it is done; its response is one read; offsets mean nothing; a
 * read without a command before it gives nothing. Arguments: the folder to mount on, and the socket.
 */
import { socketTransport, type TpmTransport } from '../tpm2/index.ts';
import { serveFuse } from './fuse-serve.ts';
import { attrOut, entryOut, nameIn, op, openOut, type Request, transferIn, writeOut } from './fuse-wire.ts';
import { fail } from './tsm-model.ts';

const [, , folder = '', socket = ''] = process.argv;
const root = { node: 1n, mode: 0o040755, size: 0 };
const device = { node: 2n, mode: 0o100660, size: 0 };

interface Open {
  readonly tpm: TpmTransport;
  response: Uint8Array;
}
const handles = new Map<bigint, Open>();
let last = 0n;

async function handle({ opcode, node, body }: Request): Promise<Uint8Array> {
  const open = handles.get(body.length >= 8 ? body.readBigUInt64LE(0) : 0n);
  switch (opcode) {
    case op.lookup:
      return nameIn(body) === 'tpm' ? entryOut(device) : fail('ENOENT');
    case op.getattr:
      return attrOut(node === device.node ? device : root);
    case op.open: {
      if (handles.size > 0) fail('EBUSY');
      handles.set(++last, { tpm: await socketTransport({ path: socket }), response: new Uint8Array() });
      return openOut(last);
    }
    case op.flush:
      return new Uint8Array();
    case op.release:
      handles.delete(body.readBigUInt64LE(0));
      await open?.tpm.close();
      return new Uint8Array();
    default:
      return transfer(opcode, open ?? fail('ENOSYS'), body);
  }
}

async function transfer(opcode: number, open: Open, body: Buffer): Promise<Uint8Array> {
  const { size, bytes } = transferIn(body);
  if (opcode === op.write) {
    open.response = await open.tpm.send(bytes.subarray(0, size));
    return writeOut(size);
  }
  if (opcode !== op.read) return fail('ENOSYS');
  const { response } = open;
  open.response = new Uint8Array();
  return response.subarray(0, size);
}

serveFuse(folder, handle);
process.send?.({ ready: true });
