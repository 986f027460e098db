/** An inspection as tables for a terminal. What a file says is shown without characters that command a terminal. */
import Table from 'cli-table3';
import { fromBase64 } from '../base64.ts';
import { brief, count, figure } from '../figures.ts';
import { affineOf } from '../onnx/foreign/normalization.ts';
import type {
  Dimension,
  InspectedBatchNorm,
  InspectedTensor,
  InspectedValue,
  Inspection,
} from '../protocol/inspect.ts';

/** Rows of a table, and characters of a cell, before the rest is left out: a screen or two. */
const shownNodes = 60;
const shownTensors = 10;
const shownCharacters = 60;

export function reportInspection(inspection: Inspection): string {
  return [
    header(inspection),
    ...section('Inputs and outputs', values(inspection)),
    ...section('Nodes', nodes(inspection)),
    ...section('Batch normalizations', batchNorms(inspection.batchNorms)),
    ...section('Largest tensors', tensors(inspection.tensors)),
    ...section('Metadata', metadata(inspection)),
    ...section('Notes', inspection.notes.map(plain).join('\n')),
  ].join('\n');
}

function section(title: string, content: string): string[] {
  return content === '' ? [] : ['', title, content];
}

function header(inspection: Inspection): string {
  const { producer, opsets, irVersion, bytes, graph, documentation } = inspection;
  const table = new Table({ style: { head: [], border: [] } });
  const operators = opsets
    .map(({ domain, version }) => `${domain || 'ONNX'} ${version}`)
    .join(', ');
  table.push(
    { graph: cell(graph) },
    { producer: cell(`${producer.name} ${producer.version}`.trim() || 'not said') },
    { operators: cell(operators || 'not said') },
    { 'file format': `IR version ${irVersion}` },
    { size: size(bytes) },
  );
  if (documentation !== '') table.push({ documentation: cell(documentation) });
  return table.toString();
}

function values({ inputs, outputs }: Inspection): string {
  const table = listTable(['', 'name', 'type', 'shape']);
  const add = (kind: string, value: InspectedValue) =>
    table.push([kind, cell(value.name), value.type ?? '?', shape(value.shape)]);
  for (const value of inputs) add('input', value);
  for (const value of outputs) add('output', value);
  return table.toString();
}

function nodes({ nodes: all }: Inspection): string {
  if (all.length === 0) return '';
  const table = listTable(['', 'operator', 'name', 'output', 'shape']);
  for (const [index, { opType, domain, name, outputs }] of all.slice(0, shownNodes).entries()) {
    const operator = domain === '' ? opType : `${domain}.${opType}`;
    const [first] = outputs;
    table.push([
      index,
      cell(operator),
      cell(name),
      cell(first?.name ?? ''),
      shape(first?.shape ?? null),
    ]);
  }
  return table.toString() + more(all.length - shownNodes, 'nodes');
}

function batchNorms(all: readonly InspectedBatchNorm[]): string {
  return all.map(batchNorm).join('\n');
}

function batchNorm(found: InspectedBatchNorm): string {
  const { name, channels, epsilon, momentum, trainingMode, problems, folding, runtime } = found;
  const mode = trainingMode ? ', training mode' : '';
  return [
    `${cell(name)}: ${channels === null ? 'unknown' : count(channels)} channels, epsilon ${brief(epsilon)}, momentum ${brief(momentum)} (of the old value)${mode}`,
    ...ranges(found),
    ...problems.map(({ severity, text }) => `${severity}: ${plain(text)}`),
    folding.into === null
      ? `Not foldable: ${plain(folding.reason)}`
      : `Foldable into ${cell(folding.into)}.`,
    runtime.folds ? 'onnxruntime folds it when it loads the model.' : plain(runtime.reason),
  ].join('\n  ');
}

/** Smallest and largest of each parameter, and of what a channel is scaled and shifted by at inference. */
function ranges({ values: parameters, missing, epsilon }: InspectedBatchNorm): string[] {
  if (parameters === null) return [`No values: ${plain(missing ?? '')}`];
  const { gamma, beta, mean, variance } = parameters;
  const numbers = {
    gamma: fromBase64(gamma),
    beta: fromBase64(beta),
    mean: fromBase64(mean),
    variance: fromBase64(variance),
  };
  return Object.entries({ ...numbers, ...affineOf(numbers, epsilon) }).map(([role, all]) => {
    const least = Array.from(all).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = Array.from(all).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return all.length === 0 ? `${role}: none` : `${role} from ${figure(least)} to ${figure(most)}`;
  });
}

function tensors(all: readonly InspectedTensor[]): string {
  if (all.length === 0) return '';
  const table = listTable(['name', 'type', 'shape', 'size', 'where']);
  const largest = [...all].sort((a, b) => b.bytes - a.bytes).slice(0, shownTensors);
  for (const { name, type, shape: dims, bytes, external, problem } of largest) {
    const where = external === null ? 'in the model' : external;
    table.push([cell(name), type, shape(dims), size(bytes), cell(problem ?? where)]);
  }
  const bytes = all.reduce((sum, tensor) => sum + tensor.bytes, 0);
  return `${table.toString()}\n${count(all.length)} tensors, ${size(bytes)} together`;
}

function metadata({ metadata: entries }: Inspection): string {
  const table = new Table({ style: { head: [], border: [] } });
  for (const { key, value } of entries) table.push({ [cell(key)]: cell(value) });
  return entries.length === 0 ? '' : table.toString();
}

function listTable(head: string[]) {
  return new Table({ head, style: { head: [], border: [] } });
}

function more(left: number, what: string): string {
  return left > 0 ? `\n${count(left)} more ${what}: --json prints them all` : '';
}

function shape(dimensions: readonly Dimension[] | null): string {
  if (dimensions === null) return '?';
  return cell(`[${dimensions.map((size) => size ?? '?').join(', ')}]`);
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return unit === 0 ? `${bytes} B` : `${(bytes / 1024 ** unit).toFixed(1)} ${units[unit]}`;
}

function cell(text: string): string {
  const line = plain(text);
  return line.length <= shownCharacters ? line : `${line.slice(0, shownCharacters - 1)}…`;
}

/** On one line, with what could move a terminal's cursor or turn its text around made visible. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => (sign === '\n' ? ' ' : '\ufffd'));
}
