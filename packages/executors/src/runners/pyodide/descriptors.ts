/** Python's descriptors 0, 1 and 2 are this process's; one more device tells JavaScript when to close the seal. */
import { readSync, writeSync } from 'node:fs';
import type { PyodideAPI } from 'pyodide';

/** A number of MiB and a line feed, written by the runner's own Python before any of a party's code runs. */
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

/** Writes all of it, also to a pipe that is full for the moment. */
export function writeAll(descriptor: number, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    at += patiently(() => writeSync(descriptor, bytes, at, bytes.length - at));
  }
  return bytes.length;
}

/** At least one byte, or 0 at the end. */
function readSome(descriptor: number, buffer: Uint8Array): number {
  return patiently(() => readSync(descriptor, buffer, 0, buffer.length, null));
}

const clock = new Int32Array(new SharedArrayBuffer(4));

function patiently(act: () => number): number {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(clock, 0, 0, 1);
    }
  }
}
