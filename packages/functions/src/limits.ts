/** The limits of the built-in functions. Hot loops read them from constants of their modules. */
import { limitTable } from '@gaiwan/errors';

const MIB = 1 << 20;

export const limits = limitTable({
  line: {
    value: 16 * MIB,
    unit: 'bytes',
    what: 'a line of an input to a built-in function, of every format; a header',
  },
  tableColumns: { value: 4096, unit: 'count', what: 'columns of a table to `builtin-join-aggregate`' },
  /** More than a line can have: no allocation follows a larger wish. */
  rowColumns: { value: 1 << 23, unit: 'count', what: 'columns of a row of numbers' },
  categoryWords: {
    value: 256,
    unit: 'count',
    what: 'different words of a column of `categories`, and different values of a column to `stratify` by',
  },
  decimalDigits: {
    value: 10_000,
    unit: 'characters',
    what: 'a number that `builtin-join-aggregate` adds up exactly',
  },
  listEntries: {
    value: 100,
    unit: 'count',
    what: 'entries of `key`, of `aggregates`, of `quantiles` and of `histograms`',
  },
  histogramEdges: { value: 1000, unit: 'count', what: 'edges of a histogram of `builtin-column-statistics`' },
  keyTableWords: {
    value: 2 ** 31 - 2,
    unit: 'count',
    what: 'words of 32 bits that the keys of one input and their numbers take (8 GiB)',
  },
  guessedNames: {
    value: 1 << 22,
    unit: 'count',
    what: 'names of `builtin-private-join-and-compute` that room is made for on a guess',
    note: 'More are taken, with room made as they come.',
  },
  guessedKeys: {
    value: 1 << 24,
    unit: 'count',
    what: 'keys of sets and tables that room is made for on a guess',
    note: 'More are taken, with room made as they come.',
  },
  treesModel: { value: 128 * MIB, unit: 'bytes', what: 'a model file of trees' },
  logisticModel: { value: 32 * MIB, unit: 'bytes', what: 'a model file of logistic regression' },
  linearModel: { value: 1 * MIB, unit: 'bytes', what: 'a model file of linear regression' },
  linearFeatures: { value: 4096, unit: 'count', what: 'features of linear regression' },
  onnxModel: { value: 256 * MIB, unit: 'bytes', what: 'an ONNX model' },
  onnxMemory: {
    value: 1024 * MIB,
    unit: 'bytes',
    what: 'memory that an ONNX model runs in, in WebAssembly, beside the rows',
    note: 'The model is refused, also where the task has less memory.',
  },
  onnxInput: { value: 1 << 24, unit: 'count', what: 'numbers that go into an ONNX model at once' },
  onnxOutput: {
    value: 1 << 24,
    unit: 'count',
    what: 'numbers or texts of an output of an ONNX model at once',
  },
  onnxFields: {
    value: 1 << 20,
    unit: 'count',
    what: 'operators, names, tensors and numbers of lists of an ONNX model, without what is in its tensors',
  },
  modelDepth: { value: 8, unit: 'count', what: 'levels of the JSON of a model file' },
  modelBytesPerObject: {
    value: 32,
    unit: 'bytes',
    what: 'size of a model file for each object or array in it, after the first 64, at least',
  },
  modelBytesPerString: {
    value: 10,
    unit: 'bytes',
    what: 'size of a model file for each string or key in it, after the first 64, at least',
  },
  histogramPages: {
    value: 65535,
    unit: 'count',
    what: 'pages of 64 KiB of memory of histogram training (4095 MiB)',
  },
  histogramDepth: { value: 64, unit: 'count', what: 'levels of a tree with histograms' },
  newtonFeatures: {
    value: 4096,
    unit: 'count',
    what: "features of logistic regression by Newton's method",
  },
  pixels: { value: 1 << 24, unit: 'count', what: 'pixels of a picture for face detection' },
  decoderMemory: { value: 1024, unit: 'MiB', what: 'memory of the decoder of pictures' },
  levelPixels: {
    value: 1 << 22,
    unit: 'count',
    what: 'pixels of the largest level that the face network sees',
    note: 'Larger pictures are scaled down to it.',
  },
  rsaKey: { value: 16 * 1024, unit: 'bytes', what: 'the file of an RSA key' },
  rsaBits: { value: 4096, unit: 'count', what: 'bits of an RSA key, which must have 2048 at least' },
  parquetFooter: { value: 16 * MIB, unit: 'bytes', what: 'metadata of a Parquet file' },
  parquetNodes: {
    value: 1 << 22,
    unit: 'count',
    what: 'numbers, names and lists in the metadata of a Parquet file',
  },
  parquetGroup: {
    value: 512 * MIB,
    unit: 'bytes',
    what: 'a row group of a Parquet file, compressed as it is',
    note: 'It is in memory as a whole; of each column one page is in memory uncompressed.',
  },
  parquetPage: { value: 128 * MIB, unit: 'bytes', what: 'a page of a Parquet file, uncompressed' },
  parquetPageRows: {
    value: 1 << 24,
    unit: 'count',
    what: 'rows of a page and values of a dictionary of a Parquet file',
  },
  arrowMetadata: {
    value: 16 * MIB,
    unit: 'bytes',
    what: 'metadata of a message, or of the end, of an Arrow file',
  },
  arrowNodes: {
    value: 1 << 22,
    unit: 'count',
    what: 'tables, numbers and names in the metadata of a message of an Arrow file',
  },
  arrowBatch: {
    value: 512 * MIB,
    unit: 'bytes',
    what: 'a record batch of an Arrow file as it is in the file, its buffers uncompressed, and all dictionaries of the file uncompressed: each',
    note: 'All three are in memory at once.',
  },
  arrowBatchRows: {
    value: 1 << 27,
    unit: 'count',
    what: 'rows of a record batch of an Arrow file',
  },
  arrowDictionary: { value: 1 << 24, unit: 'count', what: 'values of a dictionary of an Arrow file' },
  columnRows: { value: 2 ** 31 - 1, unit: 'count', what: 'rows of a Parquet or Arrow file' },
  columnText: {
    value: 1024 * MIB,
    unit: 'bytes',
    what: 'text of the values of a Parquet or Arrow file, beside what its size allows',
  },
  columnTextPerByte: {
    value: 4096,
    unit: 'count',
    what: 'bytes of text of the values of a Parquet or Arrow file for each byte of it',
  },
  columnOutput: {
    value: 1024 * MIB,
    unit: 'bytes',
    what: 'text of an output that is written as Parquet or Arrow',
    note: 'It is in memory until it is complete.',
  },
  quoted: { value: 40, unit: 'characters', what: 'text of an input or a model that a message quotes' },
});
