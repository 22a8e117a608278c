/**
 * What a model file keeps of the table that it was trained on, so that prediction can tell whether it is given the same
 * columns: a member `table` after those that Teaclave's library knows, which passes over it. Files that were trained with
 * Teaclave's arguments have none.
 *
 *     "table":{"format":1,"method":"hist","label":"y","columns":"age,city=Bonn,city=Graz","missing":[0],"categories":["city,Bonn,Graz"]}
 *
 * Names are one CSV record, and so is a category with its words: a string for each of thousands of columns would be more than a reader of strangers' JSON allows.
 */
import { FunctionError } from '../refusal.ts';
import { splitRecord } from '../text/header.ts';
import type { JsonObject, JsonReader } from '../text/json.ts';
import { quote } from '../text/quote.ts';
import { joinRecord } from '../text/record-text.ts';
import { type Category, categoryNames } from './categories.ts';

/** Of the member; raised where readers of an older one would be misled. */
const FORMAT = 1;

export interface ModelTable {
  /** How it was trained. */
  readonly method: string;
  /** Of the label's column; undefined: there was no header. */
  readonly label: string | undefined;
  /** Of the features, in the model's order; undefined: there was no header. */
  readonly names: readonly string[] | undefined;
  /** The features that had missing values, ascending. */
  readonly missing: readonly number[];
  /** What missing values were filled in with, one for each feature; undefined: they were not filled in. */
  readonly fill: readonly number[] | undefined;
  /** Columns of words, each of which is a feature for each word. */
  readonly categories: readonly Category[];
}

/** The member with a comma before it, to stand last in a JSON object. */
export function modelTableText({ method, label, names, missing, fill, categories }: ModelTable): string {
  const table = {
    format: FORMAT,
    method,
    ...(label !== undefined && { label }),
    ...(names && { columns: joinRecord(names) }),
    missing,
    ...(fill && { fill }),
    ...(categories.length > 0 && {
      categories: categories.map(({ name, words }) => joinRecord([name, ...words])),
    }),
  };
  return `,"table":${JSON.stringify(table)}`;
}

function readNames(json: JsonReader, table: JsonObject, features: number): readonly string[] | undefined {
  const text = json.optional(table, 'columns');
  if (text === undefined) return undefined;
  const names = typeof text === 'string' ? splitRecord(text, ',') : undefined;
  if (!names) return json.fail('`columns` must be a CSV record');
  if (names.length !== features) {
    return json.fail(`\`columns\` has ${names.length} names, and the model ${features} features`);
  }
  if (new Set(names).size !== names.length) return json.fail('`columns` has a name twice');
  return names;
}

function readText(json: JsonReader, table: JsonObject, name: string): string | undefined {
  const text = json.optional(table, name);
  return text === undefined || typeof text === 'string' ? text : json.fail(`\`${name}\` must be a string`);
}

function readCategoryTexts(
  json: JsonReader,
  table: JsonObject,
  names: readonly string[] | undefined,
): readonly Category[] {
  if (json.optional(table, 'categories') === undefined) return [];
  const known = new Set(names);
  return json.strings(table, 'categories').map((text) => {
    const [name = '', ...words] = splitRecord(text, ',') ?? json.fail('`categories` must be CSV records');
    const category = { name, words };
    if (new Set(words).size !== words.length || !categoryNames(category).every((one) => known.has(one))) {
      json.fail('`categories` and `columns` do not fit together');
    }
    return category;
  });
}

/** The member `table` of an untrusted model of so many features; undefined where there is none. */
export function readModelTable(
  json: JsonReader,
  model: JsonObject,
  features: number,
): ModelTable | undefined {
  if (json.optional(model, 'table') === undefined) return undefined;
  const table = json.object(model, 'table');
  const format = json.number(table, 'format');
  if (format !== FORMAT) {
    throw new FunctionError(
      'invalid-model',
      `The model file has the format ${quote(String(format))}, and this version reads ${FORMAT}: train the model again, or take the version that made it.`,
    );
  }
  const missing = json.numbers(table, 'missing');
  const ascending = missing.every(
    (at, i) => Number.isInteger(at) && at > (missing[i - 1] ?? -1) && at < features,
  );
  if (!ascending) json.fail('`missing` must be numbers of features, ascending');
  const fill = json.optional(table, 'fill') === undefined ? undefined : json.numbers(table, 'fill');
  if (fill && (fill.length !== features || !fill.every(Number.isFinite))) {
    json.fail('`fill` must have a finite number for each feature');
  }
  const names = readNames(json, table, features);
  return {
    method: readText(json, table, 'method') ?? json.fail('missing field `method`'),
    label: readText(json, table, 'label'),
    names,
    missing,
    fill,
    categories: readCategoryTexts(json, table, names),
  };
}
