// Python's standard library as Pyodide has it, and beside the sources of what every start imports the code that they compile to: an interpreter
// that is not yet warm takes four fifths of its first start for that. A function of Pyodide's own files alone, for what comes out is measured.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pyodideFolder = dirname(createRequire(`${root}packages/runners/package.json`).resolve('pyodide'));
const ARCHIVE = 'python_stdlib.zip';

/** What zipimport takes before the source, without looking whether that is older. */
const COMPILE = `
import importlib._bootstrap_external as external, importlib.util, sys, zipfile
archive = next(path for path in sys.path if path.endswith('.zip')) + '/'
imported = {module.__spec__.origin for module in list(sys.modules.values()) if getattr(module, '__spec__', None)}
with zipfile.ZipFile('/from.zip') as given, zipfile.ZipFile('/to.zip', 'w') as made:
    def write(name, data):
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        made.writestr(info, data)
    for name in sorted(given.namelist()):
        data = given.read(name)
        write(name, data)
        if name.endswith('.py') and archive + name in imported:
            code = compile(data, archive + name, 'exec', dont_inherit=True, optimize=0)
            write(name + 'c', external._code_to_hash_pyc(code, importlib.util.source_hash(data), checked=False))
`;

/** Of what comes out, wherever it is made: of this version of Pyodide, and of the program above. */
const SHA256 = '83a1c1fbf6dcea6e16922086f3d510c98ebbee9953fe6bdabe10f0d2d5a0ae89';

/** It, from what an earlier build has left if that is the same. */
export async function compileStandardLibrary() {
  const kept = join(root, 'node_modules/.cache/gaiwan', `python_stdlib-${SHA256}.zip`);
  const found = existsSync(kept) ? readFileSync(kept) : undefined;
  if (found && digestOf(found) === SHA256) return found;
  const made = await compiled();
  if (digestOf(made) !== SHA256)
    throw new Error(
      `Python's standard library compiles to something else than it should (SHA-256 ${digestOf(made)}). After a change of Pyodide or of scripts/compile-stdlib.mjs, make sure that it is the same on two machines, and name it there.`,
    );
  keep(kept, made);
  return made;
}

const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

function keep(path, bytes) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, bytes);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // Where nothing may be written, each build compiles it.
  }
}

async function compiled() {
  const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, 'pyodide.mjs')).href);
  const pyodide = await loadPyodide({ indexURL: pyodideFolder });
  pyodide.FS.writeFile('/from.zip', readFileSync(join(pyodideFolder, ARCHIVE)));
  pyodide.runPython(COMPILE);
  return pyodide.FS.readFile('/to.zip');
}

// Beside the compiler of TypeScript, for who bundles it later.
if (process.argv[1] === fileURLToPath(import.meta.url)) await compileStandardLibrary();
