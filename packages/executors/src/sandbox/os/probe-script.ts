/** What a program finds inside the layers: run there, by Node, with nothing but its own text. It ends when its input does. */
export interface Findings {
  readonly environment: readonly string[];
  /** Interfaces of its network. */
  readonly network: readonly string[];
  /** Processes that it sees. */
  readonly processes: number;
  /** 2: a filter of system calls. */
  readonly seccomp: number;
  readonly openFiles: number;
  /** Whether a setting of the whole kernel could be written. */
  readonly kernelWritable: boolean;
  /** What became of an attempt to listen: a code, or "open". */
  readonly listen: string;
}

export const PROBE_SCRIPT = `
const fs = require('node:fs');
const read = (path) => fs.readFileSync(path, 'latin1');
const found = (text, pattern) => Number((pattern.exec(text) ?? [])[1] ?? -1);
let kernelWritable = true;
try { fs.closeSync(fs.openSync('/proc/sys/kernel/core_pattern', 'r+')); } catch { kernelWritable = false; }
const tell = (listen) => {
  fs.writeSync(1, JSON.stringify({
    environment: Object.keys(process.env),
    network: read('/proc/net/dev').split('\\n').slice(2).map((line) => line.split(':')[0].trim()).filter(Boolean),
    processes: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
    seccomp: found(read('/proc/self/status'), /^Seccomp:\\s+(\\d)/m),
    openFiles: found(read('/proc/self/limits'), /^Max open files\\s+\\d+\\s+(\\d+)/m),
    kernelWritable,
    listen,
  }) + '\\n');
  // Until then it is looked at from outside.
  fs.readSync(0, Buffer.alloc(1));
  process.exit(0);
};
require('node:net').createServer().on('error', (error) => tell(error.code)).listen(0, '127.0.0.1', () => tell('open'));
`;
