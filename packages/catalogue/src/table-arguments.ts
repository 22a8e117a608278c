/** Arguments of functions that read CSV: what cannot be known from a file, and is never guessed. */

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

export const tableFormat = {
  type: 'string',
  text: '`csv`; `parquet`, whose schema names the columns; `either`: each table by its marks, as the result says',
  default: 'csv',
  choices: ['csv', 'parquet', 'either'],
} as const;

export const resultFormat = {
  type: 'string',
  text: 'How the tables of the result are written: `csv`, as it is said of each output; `parquet`, with the names and the types of their columns',
  default: 'csv',
  choices: ['csv', 'parquet'],
} as const;
