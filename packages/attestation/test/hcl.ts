/** HCL reports of any content, as Azure keeps them in its vTPM. */
import { concat, utf8Bytes } from '../src/bytes.ts';

const le32 = (value: number) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

export interface HclOptions {
  /** Of the hardware: 2 SNP, 4 TDX. */
  readonly type?: number;
  readonly hashType?: number;
  readonly length?: number;
  readonly report?: Uint8Array;
}

export function hcl(claims: Uint8Array, options: HclOptions = {}): Uint8Array {
  const { type = 2, hashType = 1, length = claims.length, report = new Uint8Array(1184) } = options;
  const header = concat(utf8Bytes('HCLA'), new Uint8Array(28));
  return concat(
    header,
    report,
    new Uint8Array(8),
    concat(le32(type), le32(hashType), le32(length)),
    claims,
    new Uint8Array(100),
  );
}
