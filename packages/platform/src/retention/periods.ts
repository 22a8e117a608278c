/** How long things are kept. */

/** In ms; what is absent is kept until its owners delete it. */
export interface RetentionPeriods {
  /** Tasks, from their end on. */
  readonly tasks?: number;
  /** What tasks returned and logged, from their end on. */
  readonly results?: number;
  /** Inputs and outputs whose files the platform keeps, from when they were registered, or last named by a task that was open. */
  readonly files?: number;
  readonly audit?: number;
  /** Which tasks have used a function. Its count stays. */
  readonly usage?: number;
}
