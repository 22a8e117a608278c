/** Runs vitest and ends it when nothing moves any more: vitest's own timeouts need a process that still runs their timers. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inSeconds, LogBook } from './log-book.ts';
import { killTree, signal, treeOf } from './processes.ts';
import type { Progress } from './progress.ts';

export interface SuperviseOptions {
  /** Arguments for node: vitest's script, and what it gets. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Milliseconds of silence after which the run is ended; longer than any test may take. */
  readonly limit: number;
  /** Milliseconds of silence after which it is said what is waited for. */
  readonly notice: number;
  readonly say: (text: string) => void;
  /** Default: by the clock of the machine. */
  readonly book?: LogBook;
  readonly stdio?: 'inherit' | 'ignore';
}

const LOOK_MS = 200;
/** How long processes get to write what they are doing. */
const REPORT_MS = 3000;
/** What a run that stalled ends with. */
export const STALLED = 124;

/** Resolves with the exit code for the whole. */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const { command, cwd, limit, notice, say, stdio = 'inherit' } = options;
  const { book = new LogBook(() => performance.now()) } = options;
  const reports = mkdtempSync(join(tmpdir(), 'gaiwan-stalled-'));
  const child = spawn(process.execPath, command, {
    cwd,
    stdio: [stdio, stdio, stdio, 'ipc'],
    env: { ...process.env, GAIWAN_TEST_REPORTS: reports },
  });
  child.on('message', (message) => book.add(message as Progress));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGTERM', forward);
  // A terminal sends it to both: vitest ends, and so does this.
  const wait = () => undefined;
  process.on('SIGINT', wait);
  let [noticed, stalled] = [false, false];
  const timer = setInterval(() => {
    const silence = book.silence();
    if (silence < notice) noticed = false;
    else if (!noticed) {
      noticed = true;
      say(`Nothing was heard for ${inSeconds(silence)}. Under way: ${book.describe().join('; ')}\n`);
    }
    if (silence < limit || stalled) return;
    stalled = true;
    void end();
  }, LOOK_MS);
  const end = async () => {
    const root = child.pid ?? -1;
    const lines = [
      `The run has stalled: of one of its files nothing was heard for ${inSeconds(book.silence())}. Under way:`,
      ...book.describe().map((line) => `  ${line}`),
      'Its processes:',
      ...treeOf(root).map(({ line }) => `  ${line}`),
      ...(await diagnose(root, reports)),
    ];
    say(`\n${lines.join('\n')}\n`);
    killTree(root);
  };
  try {
    const code = await ended;
    if (!stalled) return code;
    say(`\n${book.summary()}\n`);
    return STALLED;
  } finally {
    clearInterval(timer);
    process.off('SIGTERM', forward);
    process.off('SIGINT', wait);
    rmSync(reports, { recursive: true, force: true });
  }
}

interface Report {
  readonly header: { readonly processId: number };
  readonly libuv: readonly {
    readonly type: string;
    readonly is_active?: boolean;
    readonly is_referenced?: boolean;
    readonly [detail: string]: unknown;
  }[];
}

/** What the test processes wait for: vitest.config.ts lets them say so at SIGQUIT. */
async function diagnose(root: number, folder: string): Promise<string[]> {
  const asked = treeOf(root)
    .filter(({ command }) => command.includes(`--report-directory=${folder}`))
    .map(({ pid }) => pid);
  signal(asked, 'SIGQUIT');
  if (asked.length > 0) await delay(REPORT_MS);
  const reports = readdirSync(folder).flatMap((file) => readReport(join(folder, file)));
  return asked.flatMap((pid) => {
    const report = reports.find(({ header }) => header.processId === pid);
    if (!report) return [`${pid} does not answer: it is busy in its own code.`];
    const handles = report.libuv.filter((handle) => handle.is_active && handle.is_referenced);
    return [`${pid} waits for`, ...handles.map((handle) => `  ${JSON.stringify(handle).slice(0, 300)}`)];
  });
}

function readReport(path: string): Report[] {
  try {
    return [JSON.parse(readFileSync(path, 'utf8')) as Report];
  } catch {
    return []; // It is not complete.
  }
}
