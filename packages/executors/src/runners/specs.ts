/** The runners that come with the platform. */
export { type CpythonOptions, cpythonRunner } from './cpython/spec.ts';
export { type PyodideOptions, pyodideRunner } from './pyodide/spec.ts';
