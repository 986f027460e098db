/** Where a reader finds out more about what a diagnostic says. */
export const references = {
  /** Ioffe and Szegedy, 2015. */
  paper: 'https://arxiv.org/abs/1502.03167',
  /** "nn.BatchNorm1d fails with batch size 1 on the new PyTorch 0.3" */
  oneValue: 'https://github.com/pytorch/pytorch/issues/4534',
  /** "batchnorm momentum convention" */
  momentum: 'https://github.com/pytorch/examples/issues/289',
  /** "BatchNorm with statistics from whole dataset" */
  slowStatistics: 'https://github.com/keras-team/keras/issues/3949',
  /** "Weight decay and BN" */
  weightDecay: 'https://github.com/torch/torch7/issues/846',
} as const;
