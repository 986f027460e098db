/**
 * The program `train.py`: a network, its data and its training as a person who knows PyTorch would write them, from top
 * to bottom. Nothing is in it that this network does not need. Texts of the network file come in as literals or
 * comments only (python.ts).
 */
import { isTrainedBatchNorm, type Network } from '../network/types.ts';
import { dataConstants, dataFunctions, lossFunctions } from './data-part.ts';
import type { Ejected } from './ejected.ts';
import {
  averagePool,
  batchOf,
  distribution,
  moveImage,
  plainOrder,
  shuffledOrder,
  weightFiles,
} from './helpers.ts';
import { hasParameters } from './learning.ts';
import { needsAveragePool } from './modules.ts';
import { networkClass } from './network-class.ts';
import { learningRate, optimizer } from './optimizer.ts';
import { attributesFor, docstringText, stringLiteral } from './python.ts';
import { settings } from './settings.ts';
import { trainingLoop } from './training-loop.ts';

export function writeScript(ejected: Ejected): string {
  const { network } = ejected;
  const { layers, train } = network;
  const attributes = attributesFor(layers.map(({ name }) => name));
  const renamed = layers.filter(
    (each) => hasParameters(each) && attributes.get(each.name) !== each.name,
  );
  const synchronized = layers.some(isTrainedBatchNorm);
  const names = renamed.map(
    ({ name }) => `    ${stringLiteral(attributes.get(name)!)}: ${stringLiteral(name)},\n`,
  );
  const constants = [
    settings(network, attributes),
    processes,
    `${files}\n${dataConstants(ejected)}`,
    ...(names.length > 0 ? [`${aboutNames}\nNAMES = {\n${names.join('')}}`] : []),
  ];
  const parts = [
    [header(ejected), imports(network), '', constants.join('\n\n')].join('\n'),
    ...(layers.some(needsAveragePool) ? [averagePool] : []),
    networkClass(network, attributes),
    learningRate(train),
    optimizer(network),
    dataFunctions(ejected),
    ...(train.augmentation ? [moveImage, augmentation(network)] : []),
    train.shuffle ? shuffledOrder : plainOrder,
    batchOf,
    lossFunctions(ejected),
    distribution(synchronized),
    weightFiles(names.length > 0),
    trainingLoop(ejected, attributes),
    'if __name__ == "__main__":\n    main()',
  ];
  return `${parts.join('\n\n\n')}\n`;
}

function header(ejected: Ejected): string {
  const { file, variant, data, producerVersion, trainedSteps, changes, network } = ejected;
  const what = `${file}${variant === 'base' ? '' : `, variant ${variant},`} on ${data}`;
  const measured =
    trainedSteps === null
      ? []
      : [
          '    python3 train.py --evaluate trained.safetensors   measures what BatchNorm Lab came to',
          `                                                      in ${trainedSteps} steps`,
        ];
  return [
    `"""Trains ${docstringText(what)} in PyTorch as BatchNorm Lab ${producerVersion} does.`,
    '',
    '    python3 train.py                                  trains in one process',
    '    torchrun --nproc_per_node 4 train.py              in four, each with its share of every batch',
    ...measured,
    '',
    'Needs PyTorch 1.13 or newer, and NumPy. It starts from the weights in initial.safetensors and takes',
    `the examples in the order of BatchNorm Lab. ${sameness(network)}`,
    'Writes weights.safetensors, and the loss of every step to history.csv.',
    ...(changes.length > 0
      ? [
          '',
          'Somebody changed the run while it was on, which is not repeated here:',
          ...changes.map((change) => `- ${docstringText(change)}`),
        ]
      : []),
    '"""',
  ].join('\n');
}

function sameness({ layers, train }: Network): string {
  const random = [
    ...(layers.some((each) => each.kind === 'dropout' && each.rate > 0) ? ['dropout'] : []),
    ...(train.augmentation ? ['augmentation'] : []),
  ].join(' and ');
  return random === ''
    ? 'The loss of every step is the same but for rounding.'
    : `The curve of the loss is only alike:\n${random} by PyTorch uses random numbers of its own.`;
}

function imports({ layers, train }: Network): string {
  return [
    'import argparse',
    ...(train.earlyStopping ? ['import copy'] : []),
    ...(train.shuffle ? ['import functools'] : []),
    'import json',
    'import math',
    'import os',
    'from pathlib import Path',
    '',
    'import numpy as np',
    'import torch',
    'import torch.distributed as dist',
    'import torch.nn.functional as F',
    'from torch import nn',
    ...(layers.some(isTrainedBatchNorm)
      ? ['from torch.distributed.nn.functional import all_reduce']
      : []),
  ].join('\n');
}

const aboutNames =
  '# Layers whose names in the network file and in safetensors files are no names in Python.';

const files = `HERE = Path(__file__).resolve().parent
DATA = HERE / "data"`;

const processes = `# torchrun says which of how many processes this is.
RANK = int(os.environ.get("RANK", 0))
WORLD = int(os.environ.get("WORLD_SIZE", 1))
LOCAL_RANK = int(os.environ.get("LOCAL_RANK", 0))
ON_GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda", LOCAL_RANK) if ON_GPU else torch.device("cpu")`;

function augmentation({ train }: Network): string {
  const { shift, flip, crop } = train.augmentation!;
  return [
    'def augment(images):',
    '    """Changes each raw image at random."""',
    '    changed = []',
    '    for image in images:',
    ...(shift > 0 ? ['        image = move(image, SHIFT)'] : []),
    ...(flip ? ['        if torch.rand(()) < 0.5:', '            image = image.flip(-1)'] : []),
    ...(crop > 0 ? ['        image = move(image, CROP)'] : []),
    '        changed.append(image)',
    '    return torch.stack(changed)',
  ].join('\n');
}
