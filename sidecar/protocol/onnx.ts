/** Exporting and validating ONNX models. */
import { RequestType } from 'vscode-languageserver-protocol';

export interface ExportParams {
  readonly runId: string;
  /** Null: the run's ensemble. */
  readonly variant: string | null;
  /** The run's folder, for a run that an earlier sidecar has saved; null when it was never saved. */
  readonly folder: string | null;
  /** Absolute path of the file to write. */
  readonly path: string;
  /** What is chosen of the model's form; what is absent is as in `defaultChoices`. */
  readonly choices?: Partial<ExportChoices>;
}

/** The form of a model. */
export interface ExportChoices {
  /** Whether batch normalizations go into the weights before them, where that is possible. */
  readonly fold: boolean;
  /** `probabilities`: a softmax or sigmoid after the logits of a classification. A regression's predictions have neither. */
  readonly output: 'logits' | 'probabilities';
  /** Version of ONNX's standard operators, within `opsets`. */
  readonly opset: number;
  /**
   * How the weights of dense layers and convolutions are stored. `float16`: halved, and computed with as float32.
   * `int8`: activations too, by QuantizeLinear and DequantizeLinear nodes, calibrated on the training set; it folds.
   */
  readonly precision: 'float32' | 'float16' | 'int8';
}

/** Versions of the standard operators that a model can be written in; the newest is what onnxruntime 1.30 takes. */
export const opsets = { oldest: 9, usual: 15, newest: 26 } as const;

export const defaultChoices: ExportChoices = {
  fold: false,
  output: 'logits',
  opset: opsets.usual,
  precision: 'float32',
};

/** What became of each batch normalization of a model that was to have them folded, in the network's order. */
export interface Folding {
  /** `into`: the dense or convolution layer whose weights took it in. */
  readonly folded: readonly { readonly batchnorm: string; readonly into: string }[];
  /** Those that are nodes still, and why, as a sentence. */
  readonly kept: readonly { readonly batchnorm: string; readonly reason: string }[];
}

/**
 * `validated`: onnxruntime agrees within the bound. `failed`: it does not, or what was certified no longer holds.
 * `not-validated`: no runtime could run; `reason` says why.
 */
export type ValidationOutcome = 'validated' | 'failed' | 'not-validated';

export interface Validation {
  readonly outcome: ValidationOutcome;
  readonly reason?: string;
  readonly runtime: string;
  readonly examples: number;
  /** Of the outputs, onnxruntime against the engine with the model's weights as they are stored. */
  readonly maxAbsoluteError: number;
  readonly maxRelativeError: number;
  /** Share of examples whose predicted class is the same, 0 to 1; null for regression. */
  readonly classAgreement: number | null;
  /** Disagreements within the bound of a tie; they do not fail a validation. */
  readonly nearTies: number;
  readonly engineAccuracy: number | null;
  readonly runtimeAccuracy: number | null;
  readonly tolerance: number;
  /**
   * What `tolerance` bounds; absent: every output's absolute error. Of int8, `accuracy`: how much less of it the runtime
   * may have than the engine with trained weights; `range`: a regression's mean absolute error as a share of the range
   * of the engine's predictions.
   */
  readonly bounds?: 'accuracy' | 'range';
  readonly batchSizes: readonly number[];
}

/** One way in which a runtime computed a model, and how far it was from the engine. */
export interface CertifiedPass {
  readonly batchSize: number;
  /** Graph optimizations of the runtime. */
  readonly optimization: 'disabled' | 'all';
  /** So many examples of the test set, from the first on. */
  readonly examples: number;
  readonly maxAbsoluteError: number;
  readonly maxRelativeError: number;
  /** Share of examples whose predicted class is the same, 0 to 1; null for regression. */
  readonly classAgreement: number | null;
  readonly runtimeAccuracy: number | null;
}

/** What was found out about a model when it was exported: inside the model, and repeated by a later validation. */
export interface Certificate {
  readonly validation: Validation;
  readonly passes: readonly CertifiedPass[];
  /** Accuracy of the engine with the weights as they were trained, before float16 or int8; null where nobody knows. */
  readonly trainedAccuracy: number | null;
  /** Of a folded model: how far it is from the unfolded one on the same examples, both under the runtime. */
  readonly folding: { readonly maxAbsoluteError: number; readonly tolerance: number } | null;
  /** Every batch normalization of the network and what became of it, in the network's order. */
  readonly batchNorms: readonly {
    readonly name: string;
    /**
     * `folded-at-export`: no node of the model. `folded-by-runtime`: a node that the runtime's optimizations remove.
     * `unknown`: a node, and the runtime does not tell what it makes of it.
     */
    readonly fate: 'folded-at-export' | 'folded-by-runtime' | 'computed' | 'unknown';
  }[];
  /** Of the optimized model in one thread; medians. Null where no runtime could run. */
  readonly speed: {
    /** Milliseconds for a batch of one. */
    readonly latency: number;
    /** Examples per second in batches of `batchSize`. */
    readonly throughput: number;
    readonly batchSize: number;
  } | null;
  /** Size and SHA-256 of the model without this certificate. */
  readonly bytes: number;
  readonly modelSha256: string;
  /** SHA-256 of the network file as trained, and of the data. */
  readonly sourceSha256: string;
  readonly dataSha256: string;
}

export interface ExportResult {
  /** Where the file ended up; a file that failed validation is kept under a name that says so. */
  readonly path: string;
  readonly bytes: number;
  /** As the file has it. */
  readonly certificate: Certificate;
  /** Absolute path of the certificate as a page that a person reads. */
  readonly page: string;
  /** What else there is to say of the form that was asked for, as sentences; often none. */
  readonly notes: readonly string[];
  /** Absent where none was asked for. Of an ensemble, with each member's name before its layers'. */
  readonly folding?: Folding;
}

/** Client to server: write the model of a variant or of an ensemble as ONNX and validate it. Rejects with a sentence. */
export const exportOnnx = new RequestType<ExportParams, ExportResult, void>(
  'batchnorm/onnx/export',
);

/** The validation of a model, repeated. */
export interface Revalidation {
  /** As found now. Its validation has also failed where the certificate no longer holds, with the reason. */
  readonly found: Certificate;
  /** What the model was certified with at export; null for one that carries none, as those of earlier versions. */
  readonly certified: Certificate | null;
  /** Each figure of the certificate that no longer holds, as a sentence. */
  readonly broken: readonly string[];
}

/** Client to server: validate an ONNX file again. Rejects with a sentence. */
export const validateOnnx = new RequestType<{ path: string }, Revalidation, void>(
  'batchnorm/onnx/validate',
);

/** Languages of programs that run a model; also what VS Code calls them. */
export const snippetLanguages = ['javascript', 'python', 'csharp'] as const;
export type SnippetLanguage = (typeof snippetLanguages)[number];

/**
 * Client to server, when a person asks for it: a whole program that runs a model of ours on one example. `text` is that
 * program, which opens the model by its name alone. Needs no trust. Rejects with a sentence.
 */
export const snippetOnnx = new RequestType<
  { path: string; language: SnippetLanguage },
  { text: string },
  void
>('batchnorm/onnx/snippet');
