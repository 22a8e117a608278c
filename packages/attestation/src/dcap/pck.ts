/** PCK certificates (Intel SGX PCK Certificate and CRL Profile): the platform's values are in an extension. */
import { equal, fromHex, toHex } from '../bytes.ts';
import { type Der, derOf, tag } from '../der/reader.ts';
import { malformedAs, Refusal } from '../refusal.ts';
import { type Certificate, commonName } from '../x509/certificate.ts';

/** Extension of PCK certificates that has the values of the platform. */
export const SGX_EXTENSION = '1.2.840.113741.1.13.1';

/** Lower-case hexadecimal unless a number or a flag. */
export interface Pck {
  readonly ppid: string;
  /** 16 component SVNs, each 0 to 255. */
  readonly components: readonly number[];
  readonly pceSvn: number;
  readonly cpuSvn: string;
  readonly pceId: string;
  readonly fmspc: string;
  /** 0 standard, 1 scalable, 2 scalable with integrity. */
  readonly sgxType: number;
  /** The four that only certificates of the Platform CA have. */
  readonly platformInstanceId?: string;
  readonly dynamicPlatform?: boolean;
  readonly cachedKeys?: boolean;
  readonly smtEnabled?: boolean;
  readonly ca: 'platform' | 'processor';
}

/** Content of SGX_EXTENSION's identifier; the arcs that follow it in the extension are of one byte each. */
const PREFIX = fromHex('2a864886f84d010d01');

/** Arcs after SGX_EXTENSION, e.g. "2.17". */
function arcsOf(oid: Uint8Array): string {
  const arcs = oid.subarray(PREFIX.length);
  if (!equal(oid.subarray(0, PREFIX.length), PREFIX) || arcs.some((arc) => arc >= 0x80)) {
    throw new Refusal('malformed', `The object ${toHex(oid)} is not of the SGX extension.`);
  }
  return arcs.join('.');
}

/** (OID, value) pairs of a sequence, by their last arc under `prefix`, which ends with a dot or is empty. */
function pairs(sequence: Der, prefix: string): Map<string, Der> {
  const found = new Map<string, Der>();
  const list = sequence.children();
  while (!list.done) {
    const pair = list.next(tag.sequence).children();
    const arcs = arcsOf(pair.next(tag.oid).content);
    const value = pair.next();
    pair.end();
    const arc = arcs.slice(prefix.length);
    if (!arcs.startsWith(prefix) || found.has(arc))
      throw new Refusal('malformed', `The object .${arcs} is not expected.`);
    found.set(arc, value);
  }
  return found;
}

function pick(values: Map<string, Der>, arc: string, wanted: number): Der {
  const value = values.get(arc);
  if (value === undefined || value.tag !== wanted)
    throw new Refusal('malformed', `The value .${arc} is missing.`);
  return value;
}

function octets(values: Map<string, Der>, arc: string, length: number): string {
  const { content } = pick(values, arc, tag.octetString);
  if (content.length !== length)
    throw new Refusal('malformed', `The value .${arc} has ${content.length} bytes.`);
  return toHex(content);
}

function parseExtension(value: Uint8Array, ca: Pck['ca']): Pck {
  const values = pairs(derOf(value, tag.sequence), '');
  const tcb = pairs(pick(values, '2', tag.sequence), '2.');
  const components = Array.from({ length: 16 }, (_, i) => {
    const svn = pick(tcb, String(i + 1), tag.integer).uint();
    // Intel's own sample for TDX has SVNs above 255 here; they compare like any other.
    if (svn > 0xffff) throw new Refusal('malformed', `Component ${i + 1} has the SVN ${svn}.`);
    return svn;
  });
  const configuration = values.get('7');
  const flags = configuration && pairs(configuration, '7.');
  const flag = (arc: string) => flags?.get(arc)?.boolean();
  const [dynamicPlatform, cachedKeys, smtEnabled] = [flag('1'), flag('2'), flag('3')];
  return {
    ppid: octets(values, '1', 16),
    components,
    pceSvn: pick(tcb, '17', tag.integer).uint(),
    cpuSvn: octets(tcb, '18', 16),
    pceId: octets(values, '3', 2),
    fmspc: octets(values, '4', 6),
    sgxType: pick(values, '5', tag.enumerated).content[0] ?? 0,
    ...(values.has('6') && { platformInstanceId: octets(values, '6', 16) }),
    ...(dynamicPlatform !== undefined && { dynamicPlatform }),
    ...(cachedKeys !== undefined && { cachedKeys }),
    ...(smtEnabled !== undefined && { smtEnabled }),
    ca,
  };
}

const authorities: ReadonlyMap<string, Pck['ca']> = new Map([
  ['Intel SGX PCK Platform CA', 'platform'],
  ['Intel SGX PCK Processor CA', 'processor'],
]);

/** Throws `Refusal`: "cert-chain" for a certificate that is no PCK certificate by its names, "pck-extension". */
export function parsePck(certificate: Certificate): Pck {
  const subject = commonName(certificate.subject);
  if (subject !== 'Intel SGX PCK Certificate') {
    throw new Refusal('cert-chain', `The platform's certificate is "${subject}", not a PCK certificate.`);
  }
  const issuer = commonName(certificate.issuer);
  const ca = authorities.get(issuer ?? '');
  if (ca === undefined) {
    throw new Refusal('cert-chain', `The PCK certificate was issued by "${issuer}", not by a PCK CA.`);
  }
  const extension = certificate.extensions.get(SGX_EXTENSION);
  if (extension === undefined)
    throw new Refusal('pck-extension', 'The PCK certificate has no SGX extension.');
  return malformedAs('pck-extension', () => parseExtension(extension.value, ca));
}
