/** Asks an attestation service for a report (contract, 6.5). */

import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { evidenceBytes } from '@gaiwan/attestation-kit';
import { messageOf } from '@gaiwan/errors';
import { type Attester, AttesterError } from '../attester/attester.ts';
import { call } from '../http/call.ts';
import { limits } from '../limits.ts';
import type { TeaclaveReport } from './certificate.ts';

const PATH = '/sgx/dev/attestation/v4/report';

/** Which attestation service signs reports, and how to reach it. */
export interface ReportServiceOptions {
  /** https://host:port */
  readonly url: string;
  /** Subscription key, where the service wants one. */
  readonly key?: string;
  /** How to reach it: an `AttestedAgent`, or `ca` (PEM). Default: the authorities of the system. */
  readonly connection?: Pick<RequestOptions, 'agent' | 'ca'>;
}

/**
 * What asks the service for a report for evidence over 64 bytes of report data, which rejects with `AttesterError` `failed`.
 *
 * @param attester makes the evidence
 */
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
    const signature = headerOf(headers, 'signature');
    const chain = decodeHeader(headerOf(headers, 'signing-certificate'));
    return {
      report: new Uint8Array(body),
      signature: new Uint8Array(Buffer.from(signature, 'base64')),
      certificates: certificatesIn(chain),
    };
  };
}

function decodeHeader(text: string): string {
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
function headerOf(headers: IncomingMessage['headers'], name: string): string {
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
      longest: limits.reportAnswer.value,
      timeout: limits.reportService.value,
      ...(connection && { connection }),
    });
  } catch (cause) {
    throw new AttesterError(
      'failed',
      `The attestation service ${url} cannot be reached: ${messageOf(cause)}`,
      { cause },
    );
  }
}
