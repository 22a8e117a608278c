/** Python's descriptors 0, 1 and 2 are this process's; one more device tells JavaScript when to close the seal. */
import type { PyodideAPI } from 'pyodide';
import { readSome, writeAll } from '../io.ts';

/** A number of MiB and a line feed, written by the runner's own Python before any untrusted code runs. */
const DEVICE = 'gaiwan-seal';

/** `close` is called once, with the task's memory limit in MiB. */
export function connect(pyodide: PyodideAPI, close: (mebibytes: number) => void): void {
  pyodide.setStdin({ read: (buffer: Uint8Array) => readSome(0, buffer) });
  pyodide.setStdout({ write: (buffer: Uint8Array) => writeAll(1, buffer) });
  pyodide.setStderr({ write: (buffer: Uint8Array) => writeAll(2, buffer) });
  let text = '';
  let closed = false;
  pyodide.FS.createDevice('/dev', DEVICE, null, (code: number) => {
    if (closed) return;
    const character = String.fromCharCode(code);
    if (character !== '\n') {
      text += character;
      return;
    }
    closed = true;
    close(Number(text));
  });
}
