/** Error numbers of WASI preview 1. */
export const OK = 0;
export const ACCES = 2;
export const BADF = 8;
export const INVAL = 28;
export const ISDIR = 31;
export const NOENT = 44;
export const NOSYS = 52;
export const NOTDIR = 54;
export const ROFS = 69;
export const SPIPE = 70;

/** A call that ends with this number. */
export class Errno extends Error {
  override readonly name = 'Errno';
  readonly number: number;
  constructor(number: number) {
    super(`errno ${number}`);
    this.number = number;
  }
}
