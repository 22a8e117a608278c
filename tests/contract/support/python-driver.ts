/** Plain generated clients in Python: of the libraries that Teaclave's users have. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { errorInfoIn } from '../../support/raw-calls.ts';
import type { Answer, Call, Driver, Ports } from './driver.ts';

/** A Python with the libraries, e.g. of a virtual environment. */
const PYTHON = process.env['GAIWAN_TEST_PYTHON'] ?? 'python3';
const script = fileURLToPath(new URL('client.py', import.meta.url));
const protos = fileURLToPath(new URL('../../../packages/protocol/proto/', import.meta.url));

export const pythonLibraries = ['grpcio', 'grpclib'] as const;
export type PythonLibrary = (typeof pythonLibraries)[number];

const FIND = 'import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, sys.argv[1:])))';
/** Found, not loaded. */
export const hasPythonClients: boolean =
  spawnSync(PYTHON, ['-c', FIND, 'grpc', 'grpc_tools', 'grpclib']).status === 0;
export const PYTHON_WANTED =
  'python3, or GAIWAN_TEST_PYTHON, with grpcio, grpcio-tools and grpclib is wanted: pip';

const GENERATE = `
import os, pathlib, shutil, sys, sysconfig
from grpc_tools import protoc
protos, out = sys.argv[1:]
folders = [os.path.dirname(sys.executable), sysconfig.get_path('scripts'), sysconfig.get_path('scripts', 'posix_user')]
plugin = shutil.which('protoc-gen-grpclib_python', path=os.pathsep.join([*folders, os.environ.get('PATH', '')]))
files = [str(file) for file in pathlib.Path(protos, 'teaclave').glob('*.proto')]
sys.exit(protoc.main(['protoc', f'-I{protos}', '-I' + str(pathlib.Path(protoc.__file__).parent / '_proto'),
  f'--python_out={out}', f'--grpc_python_out={out}', f'--plugin=protoc-gen-grpclib_python={plugin}',
  f'--grpclib_python_out={out}', *files]))
`;

/** Generates the clients into a folder of their own, from the files that others generate theirs from. */
export function generatePythonClients(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-python-clients-'));
  const { status, stderr } = spawnSync(PYTHON, ['-c', GENERATE, protos, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the clients could not be generated: ${stderr}`);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** As `client.py` writes it. `status`: `google.rpc.Status` in hex. */
interface Line extends Omit<Answer, 'detail'> {
  readonly status: string;
}

export function pythonDriver(library: PythonLibrary, generated: string, ports: Ports): Driver {
  const child: ChildProcess = spawn(PYTHON, [script, library, generated], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('Python has no pipes');
  let complaint = '';
  stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4000);
  });
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const write = (value: unknown) => stdin.write(`${JSON.stringify(value)}\n`);
  const hostOf = (url: string) => `127.0.0.1:${new URL(url).port}`;
  write({
    authentication: hostOf(ports.authentication),
    frontend: hostOf(ports.frontend),
    certificate: ports.certificate,
  });
  return {
    async call(call: Call): Promise<Answer> {
      write(call);
      const { value, done } = await lines.next();
      if (done) throw new Error(`Python ended: ${complaint}`);
      const { status, ...answer } = JSON.parse(value) as Line;
      return { ...answer, detail: errorInfoIn(Buffer.from(status, 'hex'))?.code ?? '' };
    },
    async close(): Promise<void> {
      stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
