/** CBOR (RFC 8949): the strict reader, and the deterministic form for what is hashed or signed. */
export { type Cbor, type CborKey, type CborMap, decodeCbor, Tagged } from './decode.ts';
export { encodeCbor } from './encode.ts';
