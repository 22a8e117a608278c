/** Asks an attestation service for a report (contract, 6.5). */
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { evidenceBytes } from '@gaiwan/attestation-kit';
import { type Attester, AttesterError } from '../attester/attester.ts';
import { call } from '../http/call.ts';
import type { TeaclaveReport } from './certificate.ts';

const PATH = '/sgx/dev/attestation/v4/report';
const MAX_ANSWER = 1 << 20;
const TIMEOUT_MS = 30_000;

export interface ReportServiceOptions {
  /** https://host:port */
  readonly url: string;
  /** Subscription key, where the service wants one. */
  readonly key?: string;
  /** How to reach it: an `AttestedAgent`, or `ca` (PEM). Default: the authorities of the system. */
  readonly connection?: Pick<RequestOptions, 'agent' | 'ca'>;
}

/** A report for evidence over 64 bytes of report data. Rejects with `AttesterError` "failed". */
export function reportService(
  options: ReportServiceOptions,
  attester: Attester,
): (reportData: Uint8Array) => Promise<TeaclaveReport> {
  return async (reportData) => {
    const { evidence } = await attester.evidence(reportData);
    const quote = Buffer.from(evidenceBytes(evidence)).toString('base64');
    const { headers, body, status } = await post(options, JSON.stringify({ isvEnclaveQuote: quote }));
    if (status !== 200)
      throw new AttesterError(
        'failed',
        `The attestation service answered ${status}: ${body.toString('utf8', 0, 300)}`,
      );
    const signature = header(headers, 'signature');
    const chain = decoded(header(headers, 'signing-certificate'));
    return {
      report: new Uint8Array(body),
      signature: new Uint8Array(Buffer.from(signature, 'base64')),
      certificates: certificatesIn(chain),
    };
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AttesterError('failed', 'The attestation service sends certificates that cannot be decoded.', {
      cause,
    });
  }
}

function certificatesIn(pem: string): Uint8Array[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(
    ([, base64 = '']) => new Uint8Array(Buffer.from(base64, 'base64')),
  );
}

/** DCAP's name, or EPID's. */
function header(headers: IncomingMessage['headers'], name: string): string {
  const value = headers[`x-dcapreport-${name}`] ?? headers[`x-iasreport-${name}`];
  if (typeof value === 'string') return value;
  throw new AttesterError('failed', `The attestation service sends no header x-dcapreport-${name}.`);
}

async function post({ url, key, connection }: ReportServiceOptions, body: string) {
  try {
    return await call(new URL(PATH, url), {
      body,
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { 'ocp-apim-subscription-key': key }),
      },
      longest: MAX_ANSWER,
      timeout: TIMEOUT_MS,
      ...(connection && { connection }),
    });
  } catch (cause) {
    throw new AttesterError(
      'failed',
      `The attestation service ${url} cannot be reached: ${(cause as Error).message}`,
      { cause },
    );
  }
}
