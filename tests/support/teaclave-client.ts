/** How Teaclave's own clients judge a server, written after the contract (sections 2.2, 6.1 to 6.4), with nothing of ours. */
import { createVerify, X509Certificate } from 'node:crypto';

export interface ReportJson {
  readonly version: number;
  readonly timestamp: string;
  readonly isvEnclaveQuoteStatus: string;
  readonly isvEnclaveQuoteBody: string;
}

/** Tag, content and what follows, of the first element. */
function element(bytes: Buffer): { tag: number; content: Buffer; rest: Buffer; whole: Buffer } {
  const first = bytes[1] as number;
  const count = first < 0x80 ? 0 : first & 0x7f;
  const length = count === 0 ? first : bytes.readUIntBE(2, count);
  const from = 2 + count;
  return {
    tag: bytes[0] as number,
    content: bytes.subarray(from, from + length),
    rest: bytes.subarray(from + length),
    whole: bytes.subarray(0, from + length),
  };
}

function elements(bytes: Buffer): ReturnType<typeof element>[] {
  const list: ReturnType<typeof element>[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const next = element(rest);
    list.push(next);
    ({ rest } = next);
  }
  return list;
}

export interface TeaclaveCertificate {
  readonly serial: string;
  readonly issuer: string;
  readonly subject: string;
  readonly extensions: readonly { readonly oid: string; readonly value: Buffer }[];
  /** X ‖ Y. */
  readonly point: Buffer;
}

/** The positional parse of the Rust verifier. */
export function parsePositionally(der: Buffer): TeaclaveCertificate {
  const [tbs] = elements(element(der).content);
  const parts = elements((tbs as ReturnType<typeof element>).content);
  const [version, serial, , issuer, validity, subject, spki, extensions] = parts as ReturnType<
    typeof element
  >[];
  if (version?.tag !== 0xa0 || extensions?.tag !== 0xa3 || parts.length !== 8)
    throw new Error('not of that form');
  for (const time of elements((validity as ReturnType<typeof element>).content)) {
    if (time.tag !== 0x17) throw new Error('not UTCTime');
  }
  const text = (name: ReturnType<typeof element> | undefined) => {
    const [set] = elements((name as ReturnType<typeof element>).content);
    const [, value] = elements(element((set as ReturnType<typeof element>).content).content);
    if (value?.tag !== 0x0c) throw new Error('not a UTF8String');
    return value.content.toString();
  };
  return {
    serial: (serial as ReturnType<typeof element>).content.toString('hex'),
    issuer: text(issuer),
    subject: text(subject),
    extensions: elements(element((extensions as ReturnType<typeof element>).content).content).map((one) => {
      const [oid, ...others] = elements(one.content);
      const value = others.at(-1) as ReturnType<typeof element>;
      return { oid: (oid as ReturnType<typeof element>).content.toString('hex'), value: value.content };
    }),
    point: (spki as ReturnType<typeof element>).content.subarray(-64),
  };
}

/** Steps 3 to 10 of the Rust verifier over the first extension. Throws what is wrong; returns the report. */
export function verifyReport(
  { extensions, point }: TeaclaveCertificate,
  root: string,
  accepted: { readonly mrEnclave: string; readonly mrSigner: string },
): ReportJson {
  const json = JSON.parse((extensions[0]?.value ?? Buffer.alloc(0)).toString()) as {
    report: number[];
    signature: number[];
    certs: number[][];
  };
  const leaf = new X509Certificate(Buffer.from(json.certs[0] ?? []));
  const anchor = new X509Certificate(root);
  if (!leaf.verify(anchor.publicKey) || !leaf.checkIssued(anchor)) throw new Error('not under the root');
  if (!leaf.keyUsage?.includes('1.3.6.1.5.5.7.3.1')) throw new Error("not a TLS server's certificate");
  const report = Buffer.from(json.report);
  const signed = createVerify('RSA-SHA256')
    .update(report)
    .verify(leaf.publicKey, Buffer.from(json.signature));
  if (!signed) throw new Error('Failed to verify report signature');
  const value = JSON.parse(report.toString()) as ReportJson;
  if (value.version !== 4) throw new Error('version');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}$/.test(value.timestamp)) throw new Error('timestamp');
  if (Date.parse(`${value.timestamp.slice(0, 23)}Z`) > Date.now()) throw new Error('from the future');
  const quote = Buffer.from(value.isvEnclaveQuoteBody, 'base64');
  if (quote.length !== 432 || ![1, 2, 3].includes(quote.readUInt16LE(0)))
    throw new Error('Quote parsing error.');
  if (!quote.subarray(368).equals(point)) throw new Error('another key');
  const found = { mrEnclave: quote.toString('hex', 112, 144), mrSigner: quote.toString('hex', 176, 208) };
  if (found.mrEnclave !== accepted.mrEnclave || found.mrSigner !== accepted.mrSigner)
    throw new Error('measurement');
  return value;
}
