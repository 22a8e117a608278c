/**
 * configfs-tsm of a TDX guest as a file system that is mounted, in a process of its own: whoever waits in a file operation cannot
 * answer it, nor make evidence in the same pool of threads. Argument: the folder to mount on. Over IPC go out who vouches for
 * the machine, and come in faults; the mount ends with the channel.
 */
import { fakeIntel } from '@gaiwan/attestation-kit/machines';
import { serveFuse } from './fuse-serve.ts';
import { attrOut, entryOut, nameIn, op, openOut, type Request, transferIn, writeOut } from './fuse-wire.ts';
import { fail, type Handle, type Mode, type TsmFaults, TsmModel } from './tsm-model.ts';

const [, , folder = ''] = process.argv;
const ROOT = 1n;
const FOLDER = 0o040755;
const modeBits = { read: 0o100444, write: 0o100200 } as const;
/** As configfs: text attributes claim a page, binary ones nothing. `outblob` claims less here than it has. */
const sizes: Readonly<Record<string, number>> = { inblob: 0, auxblob: 0, outblob: 1024 };
const PAGE = 4096;

interface Open extends Handle {
  /** Taken at the first read. */
  content?: Uint8Array;
}

const intel = await fakeIntel();
const model = new TsmModel('tdx_guest', (inblob) =>
  intel.quote({ reportData: Buffer.from(inblob).toString('hex') }),
);

const paths = new Map<bigint, readonly string[]>([[ROOT, []]]);
const ids = new Map<string, bigint>();
const handles = new Map<bigint, Open>();
let last = ROOT;

function idOf(path: readonly string[]): bigint {
  const key = path.join('/');
  const id = ids.get(key) ?? ++last;
  ids.set(key, id);
  paths.set(id, path);
  return id;
}

function attributesOf(path: readonly string[]) {
  const [name, file] = path;
  if (name === undefined) return { node: ROOT, mode: FOLDER, size: 0 };
  if (!model.items.has(name)) return fail('ENOENT');
  if (file === undefined) return { node: idOf(path), mode: FOLDER, size: 0 };
  const mode: Mode = model.modeOf(name, file) ?? fail('ENOENT');
  return { node: idOf(path), mode: modeBits[mode], size: sizes[file] ?? PAGE };
}

/** The body of the answer; undefined where none is expected. Throws with the kernel's code. */
async function handle({ opcode, node, body }: Request): Promise<Uint8Array | undefined> {
  const path = paths.get(node) ?? fail('ENOENT');
  const [name = '', file = ''] = path;
  switch (opcode) {
    case op.lookup:
      return entryOut(attributesOf([...path, nameIn(body)]));
    case op.getattr:
    case op.setattr:
      return attrOut(attributesOf(path));
    case op.mkdir: {
      if (path.length > 0) fail('EPERM');
      const made = nameIn(body, 8);
      model.mkdir(made);
      return entryOut(attributesOf([made]));
    }
    case op.rmdir:
      model.rmdir(nameIn(body));
      return new Uint8Array();
    case op.rename:
    case op.rename2:
      model.rename();
      return undefined;
    case op.create:
    case op.mknod:
      model.create();
      return undefined;
    case op.open: {
      const access = body.readUInt32LE(0) & 3;
      handles.set(++last, model.open(name, file, access === 0 ? 'read' : 'write'));
      return openOut(last);
    }
    default:
      return transfer(opcode, body);
  }
}

async function transfer(opcode: number, body: Buffer): Promise<Uint8Array> {
  if (![op.read, op.write, op.flush, op.release].includes(opcode as never)) return fail('ENOSYS');
  const id = body.readBigUInt64LE(0);
  const open = handles.get(id) ?? fail('EBADF');
  if (opcode === op.flush) {
    // The kernel waits for this one when a file is closed, and not for "release".
    model.close(open);
    open.written.length = 0;
    return new Uint8Array();
  }
  if (opcode === op.release) {
    handles.delete(id);
    return new Uint8Array();
  }
  const { offset, size, bytes } = transferIn(body);
  if (opcode === op.write) {
    model.write(open, bytes.subarray(0, size));
    return writeOut(size);
  }
  open.content ??= await model.read(open);
  return open.content.subarray(offset, offset + size);
}

serveFuse(folder, handle);

process.on('message', (faults: TsmFaults) => {
  model.faults = faults;
  process.send?.('done');
});
process.send?.({ root: intel.root.der, endorsements: await intel.endorsements('tdx') });
