/** What a program must know to run a model of ours, read from the model. */
import { sizeOf } from '../../network/types.ts';
import type { Example } from '../certificate-schema.ts';
import { ModelFileError } from '../errors.ts';
import { readLater } from '../metadata.ts';
import type { ModelFile } from '../read.ts';

/**
 * What the numbers of an output mean. `logit` and `probability` are one number, of the second of two classes; `logits`
 * and `probabilities` are one a class.
 */
export type Meaning = 'logits' | 'logit' | 'probabilities' | 'probability' | 'predictions';

export interface SnippetFacts {
  /** Path of the model, as the program is to open it. */
  readonly path: string;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly output: { readonly name: string; readonly meaning: Meaning };
  /** Names of the classes; null where they have none. */
  readonly labels: readonly string[] | null;
  /** One for each value of an example; null where they have none. */
  readonly featureNames: readonly string[] | null;
  readonly example: Example | null;
}

/** `path`: as the program is to open it. `place` names the file in errors. */
export function readFacts(model: ModelFile, path: string, place: string): SnippetFacts {
  const { source, ensemble, metadata, producerName } = model;
  const about = source ?? ensemble;
  if (about === null) {
    throw new ModelFileError(
      `${place}: expected a model exported by BatchNorm Lab, found one by ${producerName || 'an unnamed producer'}: it does not say what its output means.`,
    );
  }
  const [input] = model.inputs;
  const [output] = model.outputs;
  const shape = input?.shape?.slice(1) ?? [];
  const sizes = shape.filter((size) => typeof size === 'number');
  if (model.inputs.length !== 1 || model.outputs.length !== 1 || sizes.length !== shape.length) {
    throw new ModelFileError(
      `${place}: expected one input of known shape and one output, found ${model.inputs.length} and ${model.outputs.length}`,
    );
  }
  const values = sizeOf(sizes);
  const example = readLater(metadata, 'example', place);
  if (example !== null && example.input.length !== values) {
    throw new ModelFileError(
      `${place}: expected an example of ${values} values, found ${example.input.length}`,
    );
  }
  const meaning = meaningOf(model);
  const classes = meaning === 'logit' || meaning === 'probability' ? 2 : output.shape?.[1];
  return {
    path,
    input: { name: input.name, shape: sizes },
    output: { name: output.name, meaning },
    labels: ofLength(about.data.classes, classes),
    featureNames: ofLength(about.featureNames, values),
    example,
  };
}

/** Names that are not one for each would be worse than none. */
function ofLength<T>(names: readonly T[] | null, length: unknown): readonly T[] | null {
  return names?.length === length ? names : null;
}

function meaningOf({ source }: ModelFile): Meaning {
  // An ensemble's members are classifications of several classes.
  if (source === null) return 'probabilities';
  const { network, form } = source;
  if (network.loss === 'mse') return 'predictions';
  const single = network.loss === 'binary-cross-entropy';
  if (form.output === 'probabilities') return single ? 'probability' : 'probabilities';
  return single ? 'logit' : 'logits';
}
