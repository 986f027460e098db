/** From a network file's text to variants ready to train: everything that can be refused is refused here. */
import { basename } from 'node:path';
import { loadData } from '../data/load.ts';
import type { DataSet } from '../data/types.ts';
import { initialWeights } from '../engine/initialize.ts';
import { type Plan, planTraining } from '../engine/plan.ts';
import { type ProbePlan, planProbe } from '../engine/probes/plan.ts';
import { type Diagnostic, readNetworkFile, variantEntries } from '../network/file.ts';
import { memoryMisfit } from '../network/memory.ts';
import { resolveVariant } from '../network/resolve.ts';
import type { DataSource, Network, ReportRequest, VariantGrid, Weights } from '../network/types.ts';
import type { Folding } from '../protocol/onnx.ts';
import { baseVariant } from '../protocol/runs.ts';
import type { LayerDescription } from '../protocol/statistics.ts';

/** A refusal the user can act on; its message is shown as it is. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

export interface InitialWeights {
  readonly weights: Weights;
  /** Names their file in messages. */
  readonly place: string;
  /** Batch normalizations that these weights have taken in, so that their own values are gone. */
  readonly folded?: Folding['folded'];
}

export interface RunRequest {
  /** The network file's URI or path, for messages and for who asks after it. */
  readonly uri: string;
  /** What the file is called in messages: its path or base name. */
  readonly place: string;
  readonly text: string;
  /** Absolute folder that relative paths of the file start from. */
  readonly folder: string;
  readonly variants?: readonly string[] | 'all';
  readonly overrides?: { readonly steps?: number; readonly seed?: number };
  /** Weights to start from in place of drawn ones. */
  readonly init?: InitialWeights;
}

export interface PreparedVariant {
  readonly variant: string;
  readonly network: Network;
  readonly plan: Plan;
  /** Null: no probes are made. */
  readonly probe: ProbePlan | null;
  readonly initial: Weights;
  readonly layers: readonly LayerDescription[];
}

export interface PreparedRun {
  readonly request: RunRequest;
  readonly name: string;
  readonly source: DataSource;
  readonly data: DataSet;
  readonly variants: readonly PreparedVariant[];
  readonly grids: readonly VariantGrid[];
  /** What the file asks of the run's report; null: nothing beyond the usual. */
  readonly report: ReportRequest | null;
}

/** The file's name without its folder and `.bn.yaml`. */
function networkName(place: string): string {
  return basename(place).replace(/(\.bn)?\.ya?ml$/, '');
}

/** Reads the file, loads its data and plans every variant asked for. Rejects with a RunError or a DataError. */
export async function prepareRun(request: RunRequest): Promise<PreparedRun> {
  const file = readNetworkFile(request.text);
  refuse(request.place, file.diagnostics);
  if (file.data === null)
    throw new RunError(`${request.place}: expected a data source under "data"`);
  const known = file.variants.map(({ name }) => name);
  const entries = new Map(variantEntries(file).map(({ name, variants }) => [name, variants]));
  const asked = request.variants === 'all' ? known : (request.variants ?? [baseVariant]);
  // The name of a grid stands for all its variants.
  const wanted = new Set(asked.flatMap((name) => entries.get(name) ?? [name]));
  for (const name of wanted) {
    if (known.includes(name)) continue;
    throw new RunError(
      `${request.place}: expected a variant of this file, found "${name}"; it has ${[baseVariant, ...entries.keys()].join(', ')}`,
    );
  }
  const data = await loadData(file.data, request.folder);
  const variants = [...wanted].map((variant): PreparedVariant => {
    const resolved = resolveVariant(file, variant, data.summary, request.overrides);
    refuse(request.place, resolved.diagnostics);
    const { network } = resolved;
    if (network === null) throw new RunError(`${request.place}: variant ${variant} has no network`);
    const plan = planTraining(network);
    const probe = planProbe(network, data.summary.trainExamples, plan.bytes);
    const misfit = memoryMisfit(plan.bytes);
    if (misfit !== null) throw new RunError(`${request.place}: ${variant}: ${misfit}`);
    const drawn = initialWeights(network);
    return {
      variant,
      network,
      plan,
      probe,
      initial: request.init ? chooseWeights(drawn, request.init) : drawn,
      layers: network.layers.map((layer) => ({
        name: layer.name,
        kind: layer.kind,
        inputs: layer.inputs,
        line: resolved.lines.get(layer.name) ?? 0,
        output: layer.output,
        parameters: resolved.parameters.get(layer.name) ?? 0,
      })),
    };
  });
  return {
    request,
    name: networkName(request.place),
    source: file.data,
    data,
    variants,
    grids: file.grids.filter(({ cells }) => cells.some(({ variant }) => wanted.has(variant))),
    report: file.report,
  };
}

function refuse(place: string, diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const lines = errors.map(
    ({ range: { start }, message }) =>
      `${place}:${start.line + 1}:${start.character + 1}: ${message}`,
  );
  throw new RunError(lines.join('\n'));
}

/** The tensors a network needs, taken from a file; names and shapes must be as `needed`. */
function chooseWeights(needed: Weights, init: InitialWeights): Weights {
  return new Map(
    [...needed].map(([name, { shape }]) => {
      const found = init.weights.get(name);
      if (found === undefined) {
        const gone = init.folded?.find(({ batchnorm }) => name.startsWith(`${batchnorm}.`));
        if (gone !== undefined) {
          throw new RunError(
            `${init.place}: expected the values of ${gone.batchnorm}, found it folded into ${gone.into}. Export the run again without folding, or leave batch normalization out of the network.`,
          );
        }
        throw new RunError(
          `${init.place}: expected a tensor "${name}" of shape [${shape}], found ${[...init.weights.keys()].join(', ') || 'none'}`,
        );
      }
      if (found.shape.join() !== shape.join()) {
        throw new RunError(
          `${init.place}: "${name}": expected shape [${shape}], found [${found.shape}]: these are weights of another network`,
        );
      }
      const wrong = found.values.findIndex((value) => !isUsable(name, value));
      if (wrong >= 0) {
        const range = name.endsWith('.running_var') ? 'finite numbers from 0' : 'finite numbers';
        throw new RunError(
          `${init.place}: "${name}": expected ${range}, found ${found.values[wrong]} at index ${wrong}`,
        );
      }
      return [name, found];
    }),
  );
}

function isUsable(name: string, value: number): boolean {
  return Number.isFinite(value) && (value >= 0 || !name.endsWith('.running_var'));
}
