/**
 * Reads a CSV file column by column, as a stream: comma-separated, a header, quotes as in RFC 4180, UTF-8 with or
 * without a byte-order mark, any line ends. Says where a file breaks these rules; what columns mean is not decided here.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, type InfoRecord, parse } from 'csv-parse';
import { nearest } from '../nearest.ts';
import { CsvColumn } from './csv-column.ts';
import { DataError } from './error.ts';
import { type DataFile, unreadable } from './files.ts';
import { listed, quoted } from './wording.ts';

interface CsvTable {
  readonly label: CsvColumn;
  readonly features: readonly CsvColumn[];
  readonly rows: number;
  /** SHA-256 of the file's bytes, hex. */
  readonly hash: string;
}

/** Longer records come from a quote that never closes. */
const maximumRecord = 2 ** 20;

/** The label's column and the features', or all columns but the label when none are named. */
export async function readCsvTable(
  file: DataFile,
  label: string,
  features: readonly string[] | undefined,
): Promise<CsvTable> {
  const hash = createHash('sha256');
  const rows = new RowReader(file.place, label, features);
  const lines = new LineCounter();
  const parser = parse({
    bom: true,
    info: true,
    max_record_size: maximumRecord,
    record_delimiter: ['\r\n', '\n', '\r'],
    // Checked below with a message of our own.
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  try {
    await pipeline(readText(file, hash), parser, async (records) => {
      for await (const { record, info } of records as AsyncIterable<CsvRecord>) {
        rows.add(record, lines.lineOf(record, info.lines));
      }
    });
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (error instanceof CsvError) throw badSyntax(file.place, error);
    throw unreadable(file.place, error);
  }
  return { ...rows.finish(), hash: hash.digest('hex') };
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: InfoRecord;
}

/** The file's bytes as they are, once they have been found to be UTF-8 text. */
async function* readText(file: DataFile, hash: { update(bytes: Buffer): unknown }) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of createReadStream(file.absolute) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    try {
      if (decoder.decode(chunk, { stream: true }).includes('\0')) throw new TypeError('NUL');
    } catch (cause) {
      throw await notText(file, cause);
    }
    yield chunk;
  }
  try {
    decoder.decode();
  } catch (cause) {
    throw await notText(file, cause);
  }
}

/** Reads the file again, line by line, to find where it stops to be text. */
async function notText(file: DataFile, cause: unknown): Promise<DataError> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  try {
    for await (const chunk of createReadStream(file.absolute) as AsyncIterable<Buffer>) {
      let start = 0;
      while (start < chunk.length) {
        const end = chunk.indexOf(0x0a, start) + 1 || chunk.length;
        if (decoder.decode(chunk.subarray(start, end), { stream: true }).includes('\0')) break;
        if (chunk[end - 1] === 0x0a) line += 1;
        start = end;
      }
      if (start < chunk.length) break;
    }
  } catch {
    // The line has been found.
  }
  return new DataError(
    {
      place: `${file.place}, line ${line}`,
      expected: 'text in UTF-8',
      found: 'bytes that are none',
      remedy: 'save the file as CSV in UTF-8',
    },
    cause,
  );
}

/** On which line a record ends: csv-parse counts CRLF inside quotes as two lines. */
class LineCounter {
  #last = 0;
  #doubled = 0;

  lineOf(record: readonly string[], counted: number): number {
    // Most records are one line; only the others can hold line ends.
    if (counted > this.#last + 1) {
      for (const field of record) this.#doubled += field.split('\r\n').length - 1;
    }
    this.#last = counted;
    return counted - this.#doubled;
  }
}

/** Takes records one at a time; the first is the header. */
class RowReader {
  readonly #place: string;
  readonly #label: string;
  readonly #features: readonly string[] | undefined;
  #header: readonly string[] | null = null;
  /** The label's column first, then the features', each with its place in a record. */
  #columns: { readonly index: number; readonly column: CsvColumn }[] = [];
  #rows = 0;

  constructor(place: string, label: string, features: readonly string[] | undefined) {
    this.#place = place;
    this.#label = label;
    this.#features = features;
  }

  add(record: readonly string[], line: number): void {
    if (this.#header === null) {
      this.#readHeader(record, `${this.#place}, line ${line}`);
      return;
    }
    if (record.length !== this.#header.length) {
      throw new DataError({
        place: `${this.#place}, line ${line}`,
        expected: `${this.#header.length} fields, as in the header`,
        found: `${record.length}`,
        remedy: 'complete the row, or put fields that contain commas in quotes',
      });
    }
    this.#rows += 1;
    for (const { index, column } of this.#columns) column.add(record[index], line);
  }

  finish(): Omit<CsvTable, 'hash'> {
    if (this.#rows === 0) {
      throw new DataError({
        place: this.#place,
        expected: 'a header and a row for each example',
        found: this.#header === null ? 'an empty file' : 'only a header',
        remedy: 'add rows',
      });
    }
    const [label, ...features] = this.#columns.map(({ column }) => column);
    return { label, features, rows: this.#rows };
  }

  #readHeader(header: readonly string[], place: string): void {
    this.#header = header;
    const names = this.#features ?? without(header, this.#label);
    const places = new Map<string, number[]>();
    for (const [index, name] of header.entries()) {
      const known = places.get(name);
      if (known) known.push(index);
      else places.set(name, [index]);
    }
    this.#columns = [this.#label, ...names].map((name, i) => ({
      index: findColumn(header, places.get(name) ?? [], name, place),
      column: new CsvColumn(name, this.#place, i === 0),
    }));
    if (names.length === 0 || names.includes(this.#label)) {
      throw new DataError({
        place,
        expected: `columns beside the label ${quoted(this.#label)} as features`,
        found: names.length === 0 ? 'none' : 'the label among the features',
        remedy: 'name at least one other column',
      });
    }
  }
}

/** All columns but the first of that name: a second one is found to be a duplicate later. */
function without(header: readonly string[], name: string): string[] {
  const index = header.indexOf(name);
  return header.filter((_, i) => i !== index);
}

/** `indices` are all columns of that name. */
function findColumn(
  header: readonly string[],
  indices: readonly number[],
  name: string,
  place: string,
): number {
  if (indices.length === 0) {
    const near = nearest(name, header);
    const separator = [';', '\t'].find((mark) => header.length === 1 && header[0].includes(mark));
    const remedy =
      separator !== undefined
        ? `separate fields by commas, not by ${quoted(separator)}`
        : near === null
          ? 'name one of these'
          : `did you mean ${quoted(near)}?`;
    const found = `columns ${listed(header)}`;
    throw new DataError({ place, expected: `a column ${quoted(name)}`, found, remedy });
  }
  if (name === '') {
    const expected = 'a name for every column';
    const remedy = 'name it, or list the columns to use under features';
    throw new DataError({ place, expected, found: `none for column ${indices[0] + 1}`, remedy });
  }
  if (indices.length > 1) {
    const expected = `one column ${quoted(name)}`;
    throw new DataError({ place, expected, found: 'several', remedy: 'give them different names' });
  }
  return indices[0];
}

function badSyntax(place: string, error: CsvError): DataError {
  const { lines } = error as CsvError & { lines?: number };
  const found = {
    CSV_QUOTE_NOT_CLOSED: 'a quote that never closes',
    CSV_INVALID_CLOSING_QUOTE: 'text after a closing quote',
    INVALID_OPENING_QUOTE: 'a quote inside an unquoted field',
    CSV_MAX_RECORD_SIZE: `a record of more than ${maximumRecord} characters`,
  }[error.code as string];
  return new DataError(
    {
      place: lines === undefined ? place : `${place}, line ${lines}`,
      expected: 'comma-separated fields',
      found: found ?? error.message,
      remedy: 'quote a field as "…" and write a quote inside it twice',
    },
    error,
  );
}
