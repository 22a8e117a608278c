/** Asks an attestation service for a report (contract, 6.5). */
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { evidenceBytes } from '@gaiwan/attestation';
import { type Attester, AttesterError } from '../attester/attester.ts';
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
    const chain = decodeURIComponent(header(headers, 'signing-certificate'));
    return {
      report: new Uint8Array(body),
      signature: new Uint8Array(Buffer.from(signature, 'base64')),
      certificates: certificatesIn(chain),
    };
  };
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
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = request(new URL(PATH, url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...(key !== undefined && { 'ocp-apim-subscription-key': key }),
        },
        timeout: TIMEOUT_MS,
        // By name, so that no variable of the environment can switch it off.
        rejectUnauthorized: true,
        ...connection,
      });
      call.once('response', resolve).once('error', reject);
      call.once('timeout', () => call.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      call.end(body);
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      size += (chunk as Buffer).length;
      if (size > MAX_ANSWER) throw new Error(`an answer of more than ${MAX_ANSWER} bytes`);
      chunks.push(chunk as Buffer);
    }
    return {
      headers: response.headers,
      body: Buffer.concat(chunks),
      status: response.statusCode ?? 0,
    };
  } catch (cause) {
    throw new AttesterError(
      'failed',
      `The attestation service ${url} cannot be reached: ${(cause as Error).message}`,
      { cause },
    );
  }
}
