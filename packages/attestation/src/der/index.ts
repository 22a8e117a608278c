/** DER (X.690): the strict reader, and the few elements that keys are written with. */
export { context, Der, DerReader, derOf, oidText, tag } from './reader.ts';
export { element, integer } from './write.ts';
