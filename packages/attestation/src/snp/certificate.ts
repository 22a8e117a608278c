/** VCEK and VLEK certificates (AMD 57230): which chip or which cloud, and which firmware, a key belongs to. */
import { dictionary } from '@gaiwan/errors';
import { toHex } from '../bytes.ts';
import { derOf, tag } from '../der/reader.ts';
import { malformedAs, Refusal } from '../refusal.ts';
import { type Certificate, commonName } from '../x509/certificate.ts';
import { type Product, productOfName, type TcbParts } from './product.ts';
import type { SigningKey } from './report.ts';

const AMD = '1.3.6.1.4.1.3704.1';

/** What a VCEK or VLEK certificate says of its key. */
export interface EndorsementKeyCertificate {
  readonly kind: SigningKey;
  readonly product: Product;
  readonly tcb: TcbParts;
  /** Lower-case hexadecimal; VCEK only. */
  readonly hwId: string | undefined;
  /** Name of the cloud; VLEK only. */
  readonly cspId: string | undefined;
  /** What the extensions say, for people. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Names of the SVN extensions, by their last arc. */
const splNames: Readonly<Record<number, string>> = {
  1: 'blSPL',
  2: 'teeSPL',
  3: 'snpSPL',
  4: 'spl4',
  5: 'spl5',
  6: 'spl6',
  7: 'spl7',
  8: 'ucodeSPL',
  9: 'fmcSPL',
};

function values(certificate: Certificate) {
  const get = (arc: string): Uint8Array | undefined => certificate.extensions.get(`${AMD}.${arc}`)?.value;
  const required = (arc: string): Uint8Array => {
    const value = get(arc);
    if (value === undefined)
      throw new Refusal('vcek-mismatch', `The certificate lacks the extension ${AMD}.${arc}.`);
    return value;
  };
  const svn = (value: Uint8Array): number => {
    const number = derOf(value, tag.integer).uint();
    if (number > 255) throw new Refusal('malformed', `A certificate with the SVN ${number}.`);
    return number;
  };
  return { get, required, svn };
}

const ia5 = (value: Uint8Array): string => new TextDecoder().decode(derOf(value, tag.ia5String).content);

function parse(certificate: Certificate): EndorsementKeyCertificate {
  const { get, required, svn } = values(certificate);
  const structVersion = svn(required('1'));
  const productName = ia5(required('2'));
  const product = productOfName(productName);
  if (product === undefined)
    throw new Refusal('vcek-mismatch', `A certificate for the product "${productName}".`);
  if (structVersion !== (product === 'Turin' ? 1 : 0)) {
    throw new Refusal(
      'vcek-mismatch',
      `A certificate for ${product} with structure version ${structVersion}.`,
    );
  }
  const name = commonName(certificate.subject);
  // AMD names them SEV-VCEK and SEV-VLEK; the cloud's name is what only a VLEK has.
  const cspId = get('5');
  const kind = cspId === undefined ? 'VCEK' : 'VLEK';
  if (name !== undefined && name !== `SEV-${kind}`) {
    throw new Refusal('vcek-mismatch', `A ${kind} certificate that is called "${name}".`);
  }
  const hwId = get('4');
  const hwIdSize = product === 'Turin' ? 8 : 64;
  if (kind === 'VCEK' && hwId?.length !== hwIdSize) {
    throw new Refusal(
      'vcek-mismatch',
      `A VCEK for ${product} has a hardware id of ${hwIdSize} bytes, this one of ${hwId?.length ?? 0}.`,
    );
  }
  const spls = Object.entries(splNames).flatMap(([arc, label]) => {
    const value = get(`3.${arc}`);
    return value === undefined ? [] : [[label, svn(value)] as const];
  });
  return {
    kind,
    product,
    tcb: {
      ...(product === 'Turin' && { fmc: svn(required('3.9')) }),
      bootloader: svn(required('3.1')),
      tee: svn(required('3.2')),
      snp: svn(required('3.3')),
      microcode: svn(required('3.8')),
    },
    hwId: kind === 'VCEK' && hwId ? toHex(hwId) : undefined,
    cspId: cspId && ia5(cspId),
    claims: {
      kind,
      structVersion,
      productName1: productName,
      ...dictionary(spls),
      ...(hwId && { hwID: toHex(hwId) }),
      ...(cspId && { cspID: ia5(cspId) }),
    },
  };
}

/** Throws `Refusal` "vcek-mismatch" for whatever is missing, doubtful or malformed in AMD's extensions. */
export function parseEndorsementKey(certificate: Certificate): EndorsementKeyCertificate {
  return malformedAs('vcek-mismatch', () => parse(certificate));
}
