/** The mean of the numbers in an input, one per line, and a report with count and sum. */
export function main(inputs, outputs, args) {
  const { numbers } = inputs;
  const { report } = outputs;
  if (!numbers || !report) throw new Error('The task lacks the input "numbers" or the output "report".');
  const digits = Number(args['digits'] ?? 3);
  let count = 0;
  let sum = 0;
  let line = 0;
  for (const text of numbers.lines()) {
    line++;
    if (text.trim() === '') continue;
    const value = Number(text);
    // Whoever may see an error message may see no data in it: say where, not what.
    if (!Number.isFinite(value)) throw new Error(`Line ${line} is no number.`);
    count++;
    sum += value;
  }
  report.write(`count ${count}\nsum ${sum}\n`);
  return { mean: Number((sum / count).toFixed(digits)) };
}
