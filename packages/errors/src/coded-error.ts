/**
 * The base of every error that this project throws on purpose: a stable code for programs, a sentence for people.
 *
 * A subclass takes its codes from a table (see `RefusalTable`), so that the compiler knows all of them:
 *
 * ```ts
 * export const auditRefusals = {
 *   'wrong-signature': {
 *     meaning: 'A signature does not verify under the key of any trusted auditor.',
 *     remedy: 'Fetch the signatures of this release again.',
 *   },
 * } as const satisfies RefusalTable;
 *
 * export class AuditError extends CodedError<keyof typeof auditRefusals> {
 *   override readonly name = 'AuditError';
 * }
 *
 * if (error instanceof AuditError && error.code === 'wrong-signature') …
 * ```
 */
export abstract class CodedError<Code extends string = string> extends Error {
  /** Stable, kebab-case: programs compare this and never `message`. */
  readonly code: Code;

  /** `message`: what was found and what to do, without secrets. */
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
