/**
 * The parts of hyparquet that decode bytes. Its package exports each of them; what its index has reads whole files, and bounds nothing
 * (docs/decisions/081-parquet.md).
 */
// oxlint-disable no-restricted-imports -- the files are among the package's exports
export { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
export { byteStreamSplit, readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
export { readPlain } from 'hyparquet/src/plain.js';
export { snappyUncompress } from 'hyparquet/src/snappy.js';
export { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
