/** What the attestation service refuses by itself; evidence is refused with a reason (docs/attestation). */
import { CodedError } from '@gaiwan/errors';
import { type AttestationServiceCode, attestationServiceRefusals, type HttpRefusal } from '@gaiwan/protocol';

const rows: Readonly<Record<AttestationServiceCode, HttpRefusal>> = attestationServiceRefusals;

export class ServiceRefusal extends CodedError<AttestationServiceCode> {
  override readonly name = 'ServiceRefusal';
  /** Of the HTTP answer. */
  readonly status: number;

  constructor(code: AttestationServiceCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.status = rows[code].http;
  }
}
