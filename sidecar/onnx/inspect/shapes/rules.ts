/** Which rule tells the outputs of which of ONNX's operators. What is not here has outputs of unknown shape. */
import { TensorProto_DataType as DataType } from 'onnx-buf';
import {
  batchNorm,
  broadcast,
  cast,
  compare,
  dequantize,
  dropout,
  identity,
  quantize,
  same,
  sameAs,
  where,
} from './elementwise.ts';
import {
  concat,
  constantOfShape,
  expand,
  flatten,
  gather,
  pad,
  reshape,
  resize,
  shapeOf,
  slice,
  split,
  squeeze,
  transpose,
  unsqueeze,
} from './layout.ts';
import { findIndex, gemm, matMul, reduce } from './products.ts';
import type { Rule } from './types.ts';
import { convolution, convolutionTranspose, globalPool, pool } from './windows.ts';

const families: readonly (readonly [Rule, string])[] = [
  [
    same,
    `Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish Hardmax
     LeakyRelu Log LogSoftmax LRN Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus
     Softsign Sqrt Swish Tan Tanh ThresholdedRelu InstanceNormalization GroupNormalization LayerNormalization
     LpNormalization MeanVarianceNormalization RMSNormalization CumSum Trilu BitwiseNot`,
  ],
  [sameAs(DataType.BOOL), 'IsNaN IsInf'],
  [
    broadcast,
    'Add Sub Mul Div Pow Mod Max Min Mean Sum PRelu BitShift BitwiseAnd BitwiseOr BitwiseXor And Or Xor',
  ],
  [compare, 'Equal Greater GreaterOrEqual Less LessOrEqual'],
  [
    reduce,
    `ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
     ReduceSumSquare`,
  ],
  [findIndex, 'ArgMax ArgMin'],
  [globalPool, 'GlobalAveragePool GlobalMaxPool GlobalLpPool'],
  [pool, 'MaxPool AveragePool LpPool'],
  [convolution, 'Conv'],
  [convolutionTranspose, 'ConvTranspose'],
  [gemm, 'Gemm'],
  [matMul, 'MatMul'],
  [batchNorm, 'BatchNormalization'],
  [dropout, 'Dropout'],
  [identity, 'Identity'],
  [cast, 'Cast'],
  [where, 'Where'],
  [quantize, 'QuantizeLinear'],
  [dequantize, 'DequantizeLinear'],
  [flatten, 'Flatten'],
  [reshape, 'Reshape'],
  [transpose, 'Transpose'],
  [squeeze, 'Squeeze'],
  [unsqueeze, 'Unsqueeze'],
  [concat, 'Concat'],
  [shapeOf, 'Shape'],
  [gather, 'Gather'],
  [slice, 'Slice'],
  [resize, 'Resize Upsample'],
  [pad, 'Pad'],
  [expand, 'Expand'],
  [constantOfShape, 'ConstantOfShape'],
  [split, 'Split'],
];

export const rules: ReadonlyMap<string, Rule> = new Map(
  families.flatMap(([rule, names]) => names.split(/\s+/).map((name) => [name, rule] as const)),
);
