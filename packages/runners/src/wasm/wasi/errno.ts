/** Error numbers of WASI preview 1. */
export const OK = 0;
export const BADF = 8;
export const EXIST = 20;
export const ILSEQ = 25;
export const INVAL = 28;
export const ISDIR = 31;
export const LOOP = 32;
export const MFILE = 33;
export const NAMETOOLONG = 37;
export const NOENT = 44;
export const NOSPC = 51;
export const NOSYS = 52;
export const NOTDIR = 54;
export const NOTEMPTY = 55;
export const NOTSOCK = 57;
export const NOTSUP = 58;
export const PERM = 63;
export const ROFS = 69;
export const SPIPE = 70;
export const XDEV = 75;
export const NOTCAPABLE = 76;

/** A call that ends with this number. */
export class Errno extends Error {
  override readonly name = 'Errno';
  readonly number: number;
  constructor(number: number) {
    super(`errno ${number}`);
    this.number = number;
  }
}
