/** Arguments that several functions share that read tables: what cannot be known from a file, and is never guessed. */

export const delimiter = {
  type: 'string',
  text: 'What separates the columns of CSV inputs',
  default: ',',
  choices: [',', ';', '\t', '|'],
} as const;

export const decimalMark = {
  type: 'string',
  text: 'What is before the decimals of a number',
  default: '.',
  choices: ['.', ','],
} as const;

export const groupMark = {
  type: 'string',
  text: 'What is between groups of three digits; by default nothing',
  default: '',
  choices: ['', ',', '.', ' ', "'"],
} as const;

export const header = {
  type: 'boolean',
  text: 'Whether the first line has the names of the columns',
  default: false,
} as const;

/** Of a prediction by a model that may know names. */
export const predictionHeader = {
  type: 'boolean',
  text: 'Whether the first line has the names of the columns, by which they are found, whatever their order',
  default: false,
} as const;

/** Of training. */
export const label = {
  type: 'string',
  text: "With `header`: the label's column; the last one if left out",
  default: undefined,
} as const;

/** Of a prediction. */
export const extraColumns = {
  type: 'string',
  text: 'With `header`: what becomes of columns that the model was not trained on',
  choices: ['refuse', 'ignore'],
  default: 'refuse',
} as const;

export const missing = {
  type: 'string',
  text: 'What becomes of missing values (empty cells, NaN): refused, or filled in with the mean of their column',
  choices: ['refuse', 'mean'],
  default: 'refuse',
} as const;

/** Of training: the model keeps the means. */
export const missingInTraining = {
  ...missing,
  text: `${missing.text}, also at prediction`,
} as const;

/** The text is of the function whose figures it is about. */
export const leastGroup = {
  type: 'unsigned',
  minimum: 1,
  maximum: 1_000_000_000,
  default: 1,
} as const;

/** The text says what it decides. */
export const seed = {
  type: 'unsigned',
  maximum: Number.MAX_SAFE_INTEGER,
  default: 0,
} as const;

export const tableFormat = {
  type: 'string',
  text: '`csv`; `parquet` and `arrow` (IPC files and streams), whose schemas name the columns; `either`: each table by its marks, as the result says',
  default: 'csv',
  choices: ['csv', 'parquet', 'arrow', 'either'],
} as const;

export const resultFormat = {
  type: 'string',
  text: 'How the tables of the result are written: `csv`, as it is said of each output; `parquet` and `arrow` (IPC files), with the names and the types of their columns',
  default: 'csv',
  choices: ['csv', 'parquet', 'arrow'],
} as const;
