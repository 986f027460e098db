import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { reportFiles } from '../../sidecar/report/files.ts';

const paper = join(import.meta.dirname, '..', '..', 'examples', 'paper');
const results = join(paper, 'results');
const experiments = readdirSync(results, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('the reports of the paper’s experiments', () => {
  test('are there for every experiment', () => {
    const files = readdirSync(paper).filter((name) => name.endsWith('.bn.yaml'));
    assert.deepEqual(
      experiments.toSorted(),
      files.map((name) => name.replace('.bn.yaml', '')).toSorted(),
    );
  });

  for (const name of experiments) {
    const read = (file: string) => readFileSync(join(results, name, file), 'utf8');

    test(`${name}: is of the file as it stands`, () => {
      const { file } = JSON.parse(read('report.json'));
      assert.equal(file.text, readFileSync(join(paper, `${name}.bn.yaml`), 'utf8'));
    });

    test(`${name}: looks as this version would draw it`, () => {
      const drawn = reportFiles(JSON.parse(read('report.json')));
      assert.deepEqual(Object.keys(drawn).toSorted(), readdirSync(join(results, name)).toSorted());
      for (const [file, text] of Object.entries(drawn)) assert.equal(text, read(file), file);
    });
  }
});
