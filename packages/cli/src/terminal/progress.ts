/** A progress bar on standard error; nothing where that is no terminal. */
import { visible } from '@gaiwan/errors';

const WIDTH = 30;
const REDRAW_MS = 80;

export class ProgressBar {
  readonly #shown: boolean;
  #drawn = 0;
  #label = '';
  #started = performance.now();

  constructor(shown: boolean = process.stderr.isTTY) {
    this.#shown = shown;
  }

  update(label: string, done: number, total: number | undefined): void {
    if (!this.#shown) return;
    const now = performance.now();
    if (label !== this.#label) {
      this.#started = now;
      this.#label = label;
    } else if (now - this.#drawn < REDRAW_MS && done !== total) return;
    this.#drawn = now;
    // oxlint-disable-next-line names/no-raw-output -- the bar moves the cursor itself
    process.stderr.write(`\r\u001b[K${progressLine(visible(label), done, total, now - this.#started)}`);
  }

  end(): void {
    // oxlint-disable-next-line names/no-raw-output -- likewise
    if (this.#shown && this.#drawn > 0) process.stderr.write('\r\u001b[K');
  }
}

/** `ms`: since it began. */
export function progressLine(label: string, done: number, total: number | undefined, ms: number): string {
  const rate = ms > 200 ? `  ${size((done * 1000) / ms)}/s` : '';
  if (total === undefined || total === 0) return `${label.padEnd(9)} ${size(done)}${rate}`;
  const part = Math.min(1, done / total);
  const full = Math.round(part * WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
  return `${label.padEnd(9)} ${bar} ${Math.floor(part * 100)}%  ${size(done)} of ${size(total)}${rate}`;
}

export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
