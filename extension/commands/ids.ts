/** The commands' names and what other parts (code lenses, links, the dashboard) may pass to them. */

export const ids = {
  train: 'batchnorm.train',
  trainAll: 'batchnorm.trainAll',
  stop: 'batchnorm.stop',
  pause: 'batchnorm.pause',
  continue: 'batchnorm.continue',
  step: 'batchnorm.step',
  changeLearningRate: 'batchnorm.changeLearningRate',
  evaluateByBatch: 'batchnorm.evaluateByBatch',
  evaluateByRunning: 'batchnorm.evaluateByRunning',
  recomputeStatistics: 'batchnorm.recomputeStatistics',
  scaleWeights: 'batchnorm.scaleWeights',
  showDashboard: 'batchnorm.showDashboard',
  showReport: 'batchnorm.showReport',
  exportOnnx: 'batchnorm.exportOnnx',
  validateOnnx: 'batchnorm.validateOnnx',
  inspectOnnx: 'batchnorm.inspectOnnx',
  foldOnnx: 'batchnorm.foldOnnx',
  ejectPytorch: 'batchnorm.ejectPytorch',
  newFile: 'batchnorm.newFile',
  openExample: 'batchnorm.openExample',
  showLog: 'batchnorm.showLog',
  hoverLayer: 'batchnorm.hoverLayer',
  reveal: 'batchnorm.reveal',
  copySnippet: 'batchnorm.copySnippet',
} as const;

/** Which network file, as a URI's text, and which of its variants. Absent: the active editor's, as written. */
export interface Target {
  readonly uri?: string;
  readonly variant?: string;
}

/** Which model, as a URI's text. Absent: the one in the active editor, or one that the user picks. */
export interface ModelTarget {
  readonly uri?: string;
}

export interface TrainTarget {
  readonly uri?: string;
  readonly variant?: string;
  /** Several at once, as the last run had them. */
  readonly variants?: readonly string[];
}

/** What is to be changed of a run that is on: a variant, or all that are on (null). Absent: the user is asked. */
export interface ControlTarget {
  readonly uri?: string;
  readonly variant?: string | null;
}

/** A layer as another framework writes it. */
export interface Snippet {
  readonly text: string;
  readonly framework: string;
}

/** A zero-based line of a network file. */
export interface Place {
  readonly uri: string;
  readonly line: number;
}
