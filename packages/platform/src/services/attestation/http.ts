/**
 * The attestation service over HTTP: for relying parties that cannot verify themselves.
 *
 *     POST /v1/appraise                          evidence -> result (EAR, a JWT)
 *     POST /sgx/dev/attestation/v4/report        quote -> signed report, as Teaclave's clients want it
 *     POST /gaiwan.v1.AttestationService/GetConnectionEvidence   nonce -> evidence about the connection
 *     GET  /.well-known/jwks.json                keys of the results
 *     GET  /report-root.pem                      root of the reports' signatures
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Policy, Refusal } from '@gaiwan/attestation';
import { pem } from '@gaiwan/attestation-kit';
import type { ConnectionAnswers } from '@gaiwan/enclave';
import { CONNECTION_BYTES, CONNECTION_EVIDENCE_PATH, connectionAnswer } from '@gaiwan/trust';
import { limits } from '../../limits.ts';
import type { SystemClock } from '../../ports.ts';
import { type Rate, RateLimit } from '../../rpc/rate-limit.ts';
import { sourceOf } from '../../rpc/source.ts';
import { type Fields, readFields } from './body.ts';
import type { ServiceKeys } from './keys.ts';
import { ServiceRefusal } from './refusal.ts';
import { quoteBody, reportOf } from './report.ts';
import { resultOf } from './result.ts';
import type { Judge } from './verdict.ts';

export interface AttestationServiceOptions {
  readonly judge: Judge;
  readonly keys: ServiceKeys;
  /** What it says about connections to it. */
  readonly connections: ConnectionAnswers;
  /** What results affirm. Reports leave out its measurements: Teaclave's clients compare those themselves. */
  readonly policy: Policy;
  /** A name of the policy, for results. */
  readonly policyId: string;
  readonly version: string;
  readonly clock: SystemClock;
  /** Of one address. Default: 10 in a second, 40 at once. */
  readonly rate?: Rate;
  /** Gets what nobody foresaw. */
  readonly report: (error: unknown) => void;
}

/** Of one address. */
export const rateOf = (perSecond: number): Rate => ({
  perSecond,
  burst: limits.attestationBurst.value * perSecond,
});
const EACH = rateOf(limits.attestationRate.value);
const ALL: Rate = {
  perSecond: limits.attestationTotalRate.value,
  burst: limits.attestationTotalBurst.value,
};

type Headers = Readonly<Record<string, string>>;
interface Reply {
  readonly status: number;
  readonly body: Uint8Array | string;
  readonly headers: Headers;
}

const json = (value: unknown, status = 200, headers: Headers = {}): Reply => ({
  status,
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json', ...headers },
});
const refusalReply = ({ code, message, status }: ServiceRefusal, headers?: Headers): Reply =>
  json({ code, message }, status, headers);
/** Evidence that was judged, and refused. */
const evidenceRefusalReply = (reason: string, message: string): Reply => json({ code: reason, message }, 400);

export function attestationHandler(
  options: AttestationServiceOptions,
  kid: string,
  jwks: object,
): RequestListener {
  const limit = new RateLimit(options.rate ?? EACH, ALL, () => options.clock.monotonic());
  const root = pem(options.keys.rootCertificate);
  const posts: Readonly<Record<string, (fields: Fields, socket: object) => Promise<Reply>>> = {
    [CONNECTION_EVIDENCE_PATH]: (fields, socket) => answerAboutConnection(options, fields, socket),
    '/v1/appraise': (fields) => answerAppraisal(options, kid, fields),
    '/sgx/dev/attestation/v4/report': (fields) => answerTeaclaveReport(options, fields),
  };
  const gets: Readonly<Record<string, Reply>> = {
    '/.well-known/jwks.json': json(jwks),
    '/report-root.pem': { status: 200, body: root, headers: { 'content-type': 'application/x-pem-file' } },
  };
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const wait = limit.take(sourceOf(request.socket.remoteAddress ?? ''));
    if (wait > 0)
      return refusalReply(new ServiceRefusal('throttled', `Asked too often: wait ${wait} s.`), {
        'retry-after': String(wait),
      });
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const [get, post] = [gets[path], posts[path]];
    if (get === undefined && post === undefined)
      throw new ServiceRefusal('not-found', 'There is no such path.');
    if (get !== undefined && request.method === 'GET') return get;
    if (post === undefined || request.method !== 'POST')
      throw new ServiceRefusal('bad-method', `This path takes ${post ? 'POST' : 'GET'}.`);
    return post(await readFields(request), request.socket);
  };
  return (request, response) => {
    answer(request)
      .catch((error: unknown) => errorReply(error, options.report))
      .then((reply) => send(response, reply))
      .catch(options.report);
  };
}

function errorReply(error: unknown, report: (error: unknown) => void): Reply {
  if (error instanceof ServiceRefusal) return refusalReply(error);
  if (error instanceof Refusal) return evidenceRefusalReply(error.code, error.message);
  report(error);
  return refusalReply(
    new ServiceRefusal('internal', 'Something failed inside the service; its log says what.'),
  );
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  // Teaclave's clients know no chunks.
  response.writeHead(status, { ...headers, 'content-length': bytes.length, 'cache-control': 'no-store' });
  response.end(bytes);
}

async function answerAboutConnection(
  { connections }: AttestationServiceOptions,
  fields: Fields,
  socket: object,
): Promise<Reply> {
  const nonce = fields.bytes('nonce');
  if (nonce.length !== CONNECTION_BYTES)
    throw new ServiceRefusal('bad-request', `"nonce" has ${CONNECTION_BYTES} bytes.`);
  const said = await connections.about(socket, nonce);
  if (said === undefined)
    throw new ServiceRefusal(
      'bad-request',
      'Nothing can be said about this connection: connect anew, by TLS 1.3, and ask once.',
    );
  return { status: 200, body: connectionAnswer(said), headers: { 'content-type': 'application/json' } };
}

async function answerAppraisal(
  options: AttestationServiceOptions,
  kid: string,
  fields: Fields,
): Promise<Reply> {
  const { judge, keys, policy, policyId, version, clock } = options;
  const given = fields.endorsements();
  const nonce = fields.text('nonce', limits.attestationNonce.value);
  const judged = await judge.judge(fields.bytes('evidence'), policy, given);
  const result = await resultOf(judged, {
    key: keys.ear,
    kid,
    now: clock.now(),
    lifetime: limits.attestationResult.value,
    version,
    policyId,
    programKnown: policy.measurements !== undefined,
    simulated: judge.simulated,
    ...(nonce !== undefined && { nonce }),
  });
  return { status: 200, body: result, headers: { 'content-type': 'application/eat+jwt' } };
}

/**
 * Only for what is accepted: Teaclave's service signed reports about forged and revoked quotes as well, and its clients take every
 * status that they know for good.
 */
async function answerTeaclaveReport(options: AttestationServiceOptions, fields: Fields): Promise<Reply> {
  const { judge, keys, policy, clock } = options;
  const { measurements: _theirs, anyMeasurement: _any, nonce: _nonce, ...state } = policy;
  const judged = await judge.judge(fields.bytes('isvEnclaveQuote'), { ...state, anyMeasurement: true });
  const { evidence, verified, refusal } = judged;
  if (refusal !== undefined || verified === undefined)
    return evidenceRefusalReply(refusal?.reason ?? 'malformed', refusal?.message ?? 'This is not evidence.');
  const body = quoteBody(evidence, verified);
  if (body === undefined)
    throw new ServiceRefusal(
      'wrong-kind',
      `Evidence of the kind "${verified.kind}" has no form that Teaclave's clients know.`,
    );
  const report = reportOf(body, verified, clock.now(), judge.simulated);
  const signature = Buffer.from(await keys.report.sign(report)).toString('base64');
  const certificate = encodeURIComponent(Buffer.from(pem(keys.reportCertificate)).toString());
  return {
    status: 200,
    body: report,
    headers: {
      'content-type': 'application/json',
      'x-dcapreport-signature': signature,
      'x-dcapreport-signing-certificate': certificate,
    },
  };
}
