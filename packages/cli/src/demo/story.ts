/** Prints a story: numbered steps with their times, lines below them, tables. */

const plain = !process.stdout.isTTY || process.env['NO_COLOR'] !== undefined;
const style = (code: string, text: string) => (plain ? text : `\u001b[${code}m${text}\u001b[0m`);
export const bold = (text: string): string => style('1', text);
export const dim = (text: string): string => style('2', text);

export class Story {
  readonly #out: NodeJS.WritableStream;
  readonly #times: [step: string, ms: number][] = [];
  #number = 0;

  constructor(out: NodeJS.WritableStream = process.stdout) {
    this.#out = out;
  }

  line(text = ''): void {
    this.#out.write(`${text}\n`);
  }

  /** A line that somebody says or does. */
  says(who: string, text: string): void {
    this.line(`   ${bold(who.padEnd(9))} ${text}`);
  }

  /** Runs one step of the story and keeps its time. */
  async step<T>(title: string, action: () => Promise<T>): Promise<T> {
    this.line();
    this.line(bold(`${++this.#number}. ${title}`));
    const started = performance.now();
    const result = await action();
    const ms = performance.now() - started;
    this.#times.push([title, ms]);
    this.line(dim(`   (${seconds(ms)})`));
    return result;
  }

  /** The first row is the head; numbers stand right. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) =>
      Math.max(...rows.map((row) => (row[column] ?? '').length)),
    );
    rows.forEach((row, index) => {
      const cells = row.map((cell, column) =>
        /^[\d,.]+( s)?$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      );
      const text = `   ${cells.join('  ')}`.trimEnd();
      this.line(index === 0 ? bold(text) : text);
    });
  }

  times(): void {
    this.line();
    const total = this.#times.reduce((sum, [, ms]) => sum + ms, 0);
    this.table([
      ['step', 'time'],
      ...this.#times.map(([step, ms]) => [step, seconds(ms)] as const),
      ['together', seconds(total)],
    ]);
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export function thousands(value: number): string {
  return value.toLocaleString('en-US');
}
