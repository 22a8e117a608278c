import { defineEntry } from '../entry.ts';
import { decimalMark, delimiter, groupMark, header, leastGroup, tableFormat } from '../table-arguments.ts';

export const columnStatisticsEntry = defineEntry({
  name: 'builtin-column-statistics',
  summary: 'Describes columns of numbers: counts, means, deviations, extremes, quantiles, histograms.',
  details:
    'Empty cells and NaN are missing values: they are counted and left out. Quantiles lie between two values as their rank does ' +
    '(the default of numpy, R and Excel). A bin of a histogram has its lower edge and not its upper one, but for the last one, ' +
    'which has both; values outside are counted as `below` and `above`. An extreme is a value of one row, and a quantile nearly so: ' +
    '`least_group` keeps those back that fewer rows are behind, as it does counts of bins. Compared with another task over ' +
    'nearly the same rows, what is left can tell of single rows all the same; so can count and mean of a column of two values, which give suppressed bins back. Memory: 8 bytes for each number, and 8 for each row.',
  arguments: {
    feature_size: {
      type: 'unsigned',
      text: 'Columns; with a header it may be left out',
      minimum: 1,
      maximum: 4096,
      default: undefined,
    },
    header,
    columns: {
      type: 'strings',
      text: 'With `header`: the columns to describe, in this order; no other is looked at',
      default: undefined,
    },
    quantiles: {
      type: 'floats',
      text: 'Which, rising, from 0 to 1: `[0.25, 0.5, 0.75]`',
      default: [],
    },
    histograms: {
      type: 'strings',
      text:
        'For each histogram a column and its edges, rising: `age: 0, 18, 65, 120`; without a header the number of the column, ' +
        'from 1: `2: 0, 0.5, 1`',
      default: [],
    },
    least_group: {
      ...leastGroup,
      text:
        'What fewer rows are behind is null, and counted as `suppressed`: the number of rows; a column with fewer values; an extreme that fewer rows have; a ' +
        'quantile with fewer rows before it, behind it, or since the one before; a bin with fewer rows (one more where they would ' +
        'tell each other, the smallest). A column then has one histogram at most',
    },
    delimiter,
    decimal_mark: decimalMark,
    group_mark: groupMark,
    format: tableFormat,
  },
  inputs: [
    { name: 'input_data', text: 'CSV of finite numbers and missing values', table: { header: 'header' } },
  ],
  outputs: [],
  returns:
    'JSON: rows, and for each of `columns` its name, count (of values), missing, mean, sd (divided by count - 1; null of one value), min, max, quantiles, histograms, ' +
    'suppressed (how many figures of which kind were)',
  example: {
    arguments: { header: true, quantiles: [0.5], histograms: ['age: 0, 18, 65, 120'] },
    inputs: { input_data: 'age\n20\n30\n""\n70\n' },
    returns:
      '{"rows":4,"columns":[{"name":"age","count":3,"missing":1,"mean":40,"sd":26.457513110645905,"min":20,"max":70,"quantiles":[30],' +
      '"histograms":[{"edges":[0,18,65,120],"counts":[0,2,1],"below":0,"above":0}]}]}',
  },
});
