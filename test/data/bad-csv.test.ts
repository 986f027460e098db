/** Every fault of a CSV file is refused with its place, what was expected, what was found and what would do. */
import assert from 'node:assert/strict';
import { mkdirSync, truncateSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CsvSource, maximumCsvBytes } from '../../sidecar/data/csv.ts';
import { DataError } from '../../sidecar/data/error.ts';
import { loadData, summarizeData } from '../../sidecar/data/load.ts';
import { folderWith } from './files.ts';

const source: CsvSource = {
  kind: 'csv',
  path: 'data.csv',
  label: 'kind',
  standardize: true,
  test: 0.2,
  validation: 0,
  seed: 1,
};

const header = 'length,width,kind\n';
const good = '1,2,a\n3,4,b\n5,6,a\n7,8,b\n';
const manyTexts = Array.from(
  { length: 30 },
  (_, i) => `${i},name ${i},${i % 2 ? 'a' : 'b'}\n`,
).join('');

interface Fault {
  readonly title: string;
  readonly content: string | Uint8Array;
  readonly source?: Partial<CsvSource>;
  readonly message: string;
}

const faults: readonly Fault[] = [
  {
    title: 'an empty file',
    content: '',
    message:
      'data.csv: expected a header and a row for each example, found an empty file; add rows',
  },
  {
    title: 'nothing but blank lines',
    content: '\n\r\n\n',
    message:
      'data.csv: expected a header and a row for each example, found an empty file; add rows',
  },
  {
    title: 'only a header',
    content: header,
    message:
      'data.csv: expected a header and a row for each example, found only a header; add rows',
  },
  {
    title: 'a misspelt label',
    content: header + good,
    source: { label: 'Knd' },
    message:
      'data.csv, line 1: expected a column "Knd", found columns "length", "width", "kind"; did you mean "kind"?',
  },
  {
    title: 'a label that is not there',
    content: header + good,
    source: { label: 'species' },
    message:
      'data.csv, line 1: expected a column "species", found columns "length", "width", "kind"; name one of these',
  },
  {
    title: 'a feature that is not there, after a blank first line',
    content: `\n${header}${good}`,
    source: { features: ['length', 'witdh'] },
    message:
      'data.csv, line 2: expected a column "witdh", found columns "length", "width", "kind"; did you mean "width"?',
  },
  {
    title: 'semicolons',
    content: 'length;width;kind\n1;2;a\n',
    message:
      'data.csv, line 1: expected a column "kind", found columns "length;width;kind"; separate fields by commas, not by ";"',
  },
  {
    title: 'two columns of one name',
    content: 'length,length,kind\n1,2,a\n',
    message:
      'data.csv, line 1: expected one column "length", found several; give them different names',
  },
  {
    title: 'two columns of the label’s name',
    content: 'length,kind,kind\n1,2,a\n',
    message:
      'data.csv, line 1: expected one column "kind", found several; give them different names',
  },
  {
    title: 'a column without a name',
    content: 'length,,kind\n1,2,a\n',
    message:
      'data.csv, line 1: expected a name for every column, found none for column 2; name it, or list the columns to use under features',
  },
  {
    title: 'no column but the label',
    content: 'kind\na\nb\n',
    message:
      'data.csv, line 1: expected columns beside the label "kind" as features, found none; name at least one other column',
  },
  {
    title: 'the label among the features',
    content: header + good,
    source: { features: ['length', 'kind'] },
    message:
      'data.csv, line 1: expected columns beside the label "kind" as features, found the label among the features; name at least one other column',
  },
  {
    title: 'a text among numbers',
    content: `${header}${good}9,tall,a\n1,2,b\n`,
    message:
      'data.csv, line 6, column "width": expected a number, as in most rows, found "tall"; mend the value or remove the row',
  },
  {
    title: 'a text among numbers, after a field of two lines and CRLF',
    content: 'length,kind\r\n1,"a\r\nb"\r\n2,c\r\n\r\nx,c\r\n',
    message:
      'data.csv, line 6, column "length": expected a number, as in most rows, found "x"; mend the value or remove the row',
  },
  {
    title: 'a text after many lines that end in CRLF or LF, wherever blocks of the file meet',
    content: `length,kind\r\n${'12345,a\r\n12,b\r\n1,b\n'.repeat(30_000)}x,a\n`,
    message:
      'data.csv, line 90002, column "length": expected a number, as in most rows, found "x"; mend the value or remove the row',
  },
  {
    title: 'NaN',
    content: `${header}${good}NaN,2,a\n`,
    message:
      'data.csv, line 6, column "length": expected a number, as in most rows, found "NaN"; mend the value or remove the row',
  },
  {
    title: 'Infinity',
    content: `${header}${good}1,-Infinity,a\n`,
    message:
      'data.csv, line 6, column "width": expected a number, as in most rows, found "-Infinity"; mend the value or remove the row',
  },
  {
    title: 'a number beyond float32',
    content: `${header}${good}1,1e39,a\n`,
    message:
      'data.csv, line 6, column "width": expected a number, as in most rows, found "1e39"; mend the value or remove the row',
  },
  {
    title: 'NA among numbers, however often',
    content: `${header}1,2,a\nNA,2,b\nNA,2,b\nNA,2,a\n`,
    message:
      'data.csv, line 3, column "length": expected a number, as in most rows, found "NA"; mend the value or remove the row',
  },
  {
    title: 'a hexadecimal number',
    content: `${header}${good}0x10,2,a\n`,
    message:
      'data.csv, line 6, column "length": expected a number, as in most rows, found "0x10"; mend the value or remove the row',
  },
  {
    title: 'a text among numeric labels',
    content: 'length,kind\n1,0\n2,1\n3,0\n4,one\n',
    message:
      'data.csv, line 5, column "kind": expected a number, as in most rows, found "one"; mend the value or remove the row',
  },
  {
    title: 'an empty cell',
    content: `${header}${good}1,,a\n`,
    message:
      'data.csv, line 6, column "width": expected a value, found an empty cell; fill it, remove the row, or leave the column out by listing features',
  },
  {
    title: 'an empty label',
    content: `${header}${good}1,2," "\n`,
    message:
      'data.csv, line 6, column "kind": expected a value, found an empty cell; fill it or remove the row',
  },
  {
    title: 'a row that is too short',
    content: `${header}${good}9,10\n`,
    message:
      'data.csv, line 6: expected 3 fields, as in the header, found 2; complete the row, or put fields that contain commas in quotes',
  },
  {
    title: 'a row that is too long',
    content: `${header}1,2,a,b\n${good}`,
    message:
      'data.csv, line 2: expected 3 fields, as in the header, found 4; complete the row, or put fields that contain commas in quotes',
  },
  {
    title: 'a quote that never closes',
    content: `${header}1,2,a\n1,"2,a\n${good}`,
    message:
      'data.csv, line 7: expected comma-separated fields, found a quote that never closes; quote a field as "…" and write a quote inside it twice',
  },
  {
    title: 'a quote that never closes in a long file',
    content: `${header}1,"2,a\n${good.repeat(50_000)}`,
    message:
      'expected comma-separated fields, found a record of more than 1048576 characters; quote a field as "…" and write a quote inside it twice',
  },
  {
    title: 'text after a closing quote',
    content: `${header}1,2,"a"b\n`,
    message:
      'data.csv, line 2: expected comma-separated fields, found text after a closing quote; quote a field as "…" and write a quote inside it twice',
  },
  {
    title: 'a quote inside an unquoted field',
    content: `${header}1,2,a"b\n`,
    message:
      'data.csv, line 2: expected comma-separated fields, found a quote inside an unquoted field; quote a field as "…" and write a quote inside it twice',
  },
  {
    title: 'one class only',
    content: `${header}1,2,a\n3,4,a\n5,6,a\n`,
    message:
      'data.csv, column "kind": expected at least two classes, or values that differ, found "a" in every row; add rows with another label, or choose another column as label',
  },
  {
    title: 'one value only',
    content: 'length,kind\n1,2.5\n2,2.5\n3,2.5\n',
    message:
      'data.csv, column "kind": expected at least two classes, or values that differ, found "2.5" in every row; add rows with another label, or choose another column as label',
  },
  {
    title: 'one row',
    content: `${header}1,2,a\n`,
    message:
      'data.csv: expected examples to spare for the test part (one of each class stays for training), found 1 in all; add examples',
  },
  {
    title: 'a column of names',
    content: `length,name,kind\n${manyTexts}`,
    message:
      'data.csv, column "name": expected numbers, or at most 15 different texts in 30 rows, found more; leave the column out by listing the others under features',
  },
  {
    title: 'a label of more than a thousand texts',
    content: `length,kind\n${Array.from({ length: 1200 }, (_, i) => `${i},class ${i}\n`).join('')}`,
    message:
      'data.csv, column "kind": expected numbers, or at most 1000 classes, found more different texts; choose another column as label',
  },
  {
    title: 'Latin-1',
    content: Buffer.from(`${header}1,2,café\n3,4,b\n`, 'latin1'),
    message:
      'data.csv, line 2: expected text in UTF-8, found bytes that are none; save the file as CSV in UTF-8',
  },
  {
    title: 'a character cut short at the end',
    content: Buffer.from(`${header}1,2,é`).subarray(0, -1),
    message:
      'data.csv, line 2: expected text in UTF-8, found bytes that are none; save the file as CSV in UTF-8',
  },
  {
    title: 'UTF-16',
    content: Buffer.from(`\ufeff${header}${good}`, 'utf16le'),
    message:
      'data.csv, line 1: expected text in UTF-8, found bytes that are none; save the file as CSV in UTF-8',
  },
  {
    title: 'a spreadsheet or another binary file',
    content: `PK\u0003\u0004\n\u0000\u0000`,
    message:
      'data.csv, line 2: expected text in UTF-8, found bytes that are none; save the file as CSV in UTF-8',
  },
];

for (const { title, content, source: changes, message } of faults) {
  test(`refuses ${title}`, async (context) => {
    const folder = folderWith(context, { 'data.csv': content });
    const refused = (error: unknown) => {
      assert.ok(error instanceof DataError, String(error));
      if (message.startsWith('data.csv')) assert.equal(error.message, message);
      else
        assert.ok(
          error.message.startsWith('data.csv') && error.message.endsWith(message),
          error.message,
        );
      return true;
    };
    await assert.rejects(loadData({ ...source, ...changes }, folder), refused);
    await assert.rejects(summarizeData({ ...source, ...changes }, folder), refused);
  });
}

async function refusal(context: TestContext, path: string, folder: string): Promise<string> {
  const error = await loadData({ ...source, path }, folder).then(
    () => assert.fail('was accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DataError, `${context.name}: ${error}`);
  return error.message;
}

test('names a file that is not there, and one that is nearly called so', async (context) => {
  const folder = folderWith(context, { 'flowers.csv': header + good });
  assert.equal(
    await refusal(context, 'flower.csv', folder),
    `flower.csv: expected a file, found none at ${join(folder, 'flower.csv')}; did you mean "flowers.csv"?`,
  );
  assert.equal(
    await refusal(context, 'no/such/place.csv', folder),
    `no/such/place.csv: expected a file, found none at ${join(folder, 'no/such/place.csv')}; check the path; it is relative to the network file`,
  );
  assert.match(
    await refusal(context, 'flowers.csv/inside.csv', folder),
    /expected a file, found none/,
  );
});

test('names a folder in place of a file', async (context) => {
  const folder = folderWith(context, {});
  mkdirSync(join(folder, 'flowers'));
  assert.equal(
    await refusal(context, 'flowers', folder),
    'flowers: expected a readable file, found a folder; name a file inside it',
  );
});

test('names a file that may not be read', async (context) => {
  const folder = folderWith(context, { 'data.csv': header + good });
  await chmod(join(folder, 'data.csv'), 0);
  await chmod(folder, 0o755);
  // Root may read everything, so that it steps aside for a moment.
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid!(65534);
  try {
    assert.equal(
      await refusal(context, 'data.csv', folder),
      'data.csv: expected a readable file, found no permission to read it; allow reading it',
    );
  } finally {
    if (root) process.seteuid!(0);
  }
});

test('names the size of a file that is too large, without reading it', async (context) => {
  const folder = folderWith(context, { 'data.csv': header });
  truncateSync(join(folder, 'data.csv'), maximumCsvBytes + 1e6);
  assert.equal(
    await refusal(context, 'data.csv', folder),
    'data.csv: expected at most 200 MB, found 201 MB; use fewer rows or columns',
  );
});
