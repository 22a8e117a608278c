export class MeasureError extends Error {
  override readonly name = 'MeasureError';
  readonly code: /** A part is missing, or there is what no measurement covers. */
    | 'not-measurable'
    /** More runs in this process than was measured. */
    | 'unmeasured-code';
  constructor(code: MeasureError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
