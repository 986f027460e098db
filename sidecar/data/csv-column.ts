/** One column of a CSV file while it is read: every cell as a number and as one of a few texts, whichever it turns out to be. */
import { DataError } from './error.ts';
import { Growing } from './growing.ts';
import { quoted } from './wording.ts';

interface Cell {
  readonly text: string;
  readonly line: number;
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const notFinite = /^[+-]?(nan|inf|infinity)$/i;
/** What people and programs write where a value is missing; in a column of texts it is a text like any other. */
const missing = /^(na|n\/a|null|none|\?|-|\.)$/i;

const largestFloat32 = 3.4028234663852886e38;

/** More different texts than any class label needs; beyond it a column is numbers or nothing. */
const maximumTexts = 1000;

export class CsvColumn {
  readonly name: string;
  readonly #file: string;
  readonly #isLabel: boolean;
  readonly #numbers = new Growing(Float64Array);
  /** Index of each cell's text in `#texts`; given up when there are too many texts. */
  #codes = new Growing(Uint16Array);
  readonly #texts = new Map<string, number>();
  /** The first cell that is no finite number, and the first that is empty. */
  #stray: Cell | null = null;
  #empty: Cell | null = null;
  /** Cells that speak for a column of numbers (NaN does too), and for one of texts. */
  #numeric = 0;
  #textual = 0;

  constructor(name: string, file: string, isLabel: boolean) {
    this.name = name;
    this.#file = file;
    this.#isLabel = isLabel;
  }

  add(cell: string, line: number): void {
    const text = cell.trim();
    const value = number.test(text) ? Number(text) : Number.NaN;
    const finite = Math.abs(value) <= largestFloat32;
    this.#numbers.push(finite ? value : Number.NaN);
    if (!finite) this.#stray ??= { text, line };
    if (text === '') this.#empty ??= { text, line };
    else if (finite || !Number.isNaN(value) || notFinite.test(text)) this.#numeric += 1;
    else if (!missing.test(text)) this.#textual += 1;
    this.#addText(text);
  }

  /** Every cell's number, or null for a column of texts. A few texts or gaps among numbers are an error. */
  numbers(): Float64Array | null {
    this.#refuseEmpty();
    if (this.#stray === null) return this.#numbers.values;
    if (this.#numeric <= this.#textual) return null;
    throw this.#error(
      this.#stray.line,
      'a number, as in most rows',
      quoted(this.#stray.text),
      'mend the value or remove the row',
    );
  }

  /**
   * Every cell's index into the different texts, which are sorted by code units so that the order depends on no
   * locale. Null when there are more than `limit`.
   */
  texts(limit: number): { texts: readonly string[]; codes: Int32Array } | null {
    this.#refuseEmpty();
    if (this.#texts.size > Math.min(limit, maximumTexts)) return null;
    const texts = [...this.#texts.keys()].sort();
    const rank = new Map(texts.map((text, i) => [this.#texts.get(text)!, i]));
    const codes = new Int32Array(this.#codes.values).map((code) => rank.get(code)!);
    return { texts, codes };
  }

  #addText(text: string): void {
    if (this.#texts.size > maximumTexts) return;
    let code = this.#texts.get(text);
    if (code === undefined) {
      code = this.#texts.size;
      this.#texts.set(text, code);
    }
    this.#codes.push(code);
    if (this.#texts.size > maximumTexts) this.#codes = new Growing(Uint16Array);
  }

  #refuseEmpty(): void {
    if (this.#empty === null) return;
    const remedy = this.#isLabel
      ? 'fill it or remove the row'
      : 'fill it, remove the row, or leave the column out by listing features';
    throw this.#error(this.#empty.line, 'a value', 'an empty cell', remedy);
  }

  #error(line: number, expected: string, found: string, remedy: string): DataError {
    const place = `${this.#file}, line ${line}, column ${quoted(this.name)}`;
    return new DataError({ place, expected, found, remedy });
  }
}
