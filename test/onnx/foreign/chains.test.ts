/**
 * Random chains of what stands before and between batch normalizations: folding changes nothing that onnxruntime
 * computes, and the inspector says beforehand what the folder does.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { clone, create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type ModelProto,
  ModelProtoSchema,
  TensorProtoSchema,
} from 'onnx-buf';
import { foldModel } from '../../../sidecar/onnx/foreign/fold.ts';
import { inferShapes } from '../../../sidecar/onnx/inspect/shapes/infer.ts';
import { bytesOf, inspect } from '../inspect/files.ts';
import { batchNormalization, modelOf, node, statistics, tensor } from './models.ts';

const { InferenceSession, Tensor } = createRequire(import.meta.url)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

const seed = 1;
const numRuns = 100;
/** Of the largest number that a model gives, which deep chains of random weights make large. */
const tolerance = 1e-4;
const opset = 13;

type Nodes = ReturnType<typeof node>[];
type Tensors = ReturnType<typeof tensor>[];

const kinds = [
  ...['linear', 'linear', 'linear', 'batchnorm', 'batchnorm', 'batchnorm', 'batchnorm'],
  ...['add', 'add', 'identity', 'dropout', 'relu'],
] as const;
const link = fc.record({
  kind: fc.constantFrom(...kinds),
  variant: fc.nat(5),
  named: fc.boolean(),
  /** Where its constants are: most are initializers. */
  held: fc.constantFrom('initializer', 'initializer', 'constant', 'floats', 'identity'),
  /** Whether the graph gives its output too. */
  seen: fc.nat(9).map((one) => one === 0),
});
const chain = fc.record({
  shape: fc.constantFrom([4, 5, 5], [4, 7], [4], [3, 4]),
  links: fc.array(link, { minLength: 2, maxLength: 8 }),
});
type Chain = typeof chain extends fc.Arbitrary<infer T> ? T : never;

/** The number of channels is 4 throughout. */
const channels = 4;

function build({ shape, links }: Chain): ModelProto {
  const isImage = shape[0] === channels && shape.length > 1;
  const kernel = Array<number>(shape.length - 1).fill(1);
  const nodes: Nodes = [];
  const tensors: Tensors = [];
  const outputs: string[] = [];
  let x = 'x';
  for (const [index, { kind, variant, named, held, seen }] of links.entries()) {
    const y = index === links.length - 1 ? 'y' : `t${index}`;
    const constant = (role: string, dims: readonly number[]) => {
      const made = tensor(`${y}.${role}`, dims);
      hold(made, held, nodes, tensors);
      return made.name!;
    };
    const made: Nodes = [];
    if (kind === 'relu' || (kind === 'linear' && !isImage && shape.length > 1 && variant < 2)) {
      made.push(node('Relu', [x], y));
    } else if (kind === 'identity') made.push(node('Identity', [x], y));
    else if (kind === 'dropout')
      made.push(node('Dropout', [x], variant < 3 ? y : [y, `${y}.mask`]));
    else if (kind === 'add') {
      const across = isImage ? 0 : shape.length - 1;
      const wide = shape.map((_, axis) => (axis === across ? channels : 1));
      const forms = [wide, [1, ...wide], [1], [], [shape.at(-1)!], wide];
      const added = constant('added', forms[variant]);
      made.push(node('Add', variant % 2 === 0 ? [x, added] : [added, x], y));
    } else if (kind === 'batchnorm' && (isImage || shape.length === 1)) {
      for (const each of statistics(y, channels)) hold(each, held, nodes, tensors);
      made.push(batchNormalization(x, y));
    } else if (kind === 'batchnorm') made.push(node('Identity', [x], y));
    else if (isImage) {
      const group = variant % 2 === 0 ? 1n : 2n;
      const dims = [channels, channels / Number(group), ...kernel];
      const bias = variant < 3 ? [] : [constant('bias', [channels])];
      const operator = variant % 3 === 0 ? 'ConvTranspose' : 'Conv';
      made.push(node(operator, [x, constant('weight', dims), ...bias], y, { group }));
    } else if (shape.length === 1 && variant > 1) {
      const forms = [[channels], [1, channels], [1], []];
      const bias = variant === 2 ? [] : [constant('bias', forms[variant - 2])];
      const attributes = { alpha: 0.5, beta: 0.25, transB: BigInt(variant % 2) };
      const weight = constant('weight', [channels, channels]);
      made.push(node('Gemm', [x, weight, ...bias], y, attributes));
    } else made.push(node('MatMul', [x, constant('weight', [channels, channels])], y));
    nodes.push(...made.map((each) => (named ? { ...each, name: `node${index}` } : each)));
    if (seen && y !== 'y') outputs.push(y);
    x = y;
  }
  return modelOf(shape, nodes, tensors, { outputs: ['y', ...outputs], opset });
}

function hold(made: Tensors[number], held: string, nodes: Nodes, tensors: Tensors): void {
  const name = made.name!;
  if (held === 'constant') {
    const t = create(TensorProtoSchema, { ...made, name: '' });
    nodes.push(constantNode(name, { name: 'value', type: AttributeType.TENSOR, t }));
  } else if (held === 'floats' && made.dims!.length === 1) {
    const floats = [...new Float32Array(Uint8Array.from(made.rawData!).buffer)];
    nodes.push(constantNode(name, { name: 'value_floats', type: AttributeType.FLOATS, floats }));
  } else if (held === 'identity') {
    tensors.push({ ...made, name: `${name}.held` });
    nodes.push(node('Identity', [`${name}.held`], name));
  } else tensors.push(made);
}

function constantNode(
  name: string,
  attribute: MessageInitShape<typeof AttributeProtoSchema>,
): Nodes[number] {
  return { ...node('Constant', [], name), attribute: [create(AttributeProtoSchema, attribute)] };
}

async function run(model: ModelProto, shape: readonly number[]) {
  const session = await InferenceSession.create(bytesOf(model), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
  });
  const dims = [2, ...shape];
  const count = dims.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, index) => Math.sin(7 * index));
  return session.run({ x: new Tensor('float32', values, dims) });
}

test(`${numRuns} chains compute the same to ${tolerance}, and are judged as they are folded`, async () => {
  const seen = { folded: 0, kept: 0 };
  await fc.assert(
    fc.asyncProperty(chain, async (made) => {
      const before = build(made);
      const after = clone(ModelProtoSchema, before);
      const shapes = inferShapes(after.graph!, opset);
      const rankOf = (name: string) => shapes.get(name)?.shape?.length ?? null;
      const { folded, kept } = foldModel(after, rankOf);
      seen.folded += folded.length;
      seen.kept += kept.length;
      const { batchNorms } = await inspect(before);
      const said = batchNorms.filter(({ folding }) => folding.into !== null);
      assert.deepEqual(
        said.map(({ name, folding: { into } }) => ({ batchnorm: name, into })),
        folded,
        kept.map(({ reason }) => reason).join('\n'),
      );
      const [expected, actual] = [await run(before, made.shape), await run(after, made.shape)];
      for (const [name, { data, dims }] of Object.entries(expected)) {
        assert.deepEqual(actual[name].dims, dims);
        const all = data as Float32Array;
        const scale = all.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        const worst = (actual[name].data as Float32Array).reduce(
          (most, value, index) => Math.max(most, Math.abs(value - all[index])),
          0,
        );
        assert.ok(worst <= tolerance * scale, `${name}: ${worst} of ${scale}`);
      }
    }),
    { seed, numRuns },
  );
  assert.ok(seen.folded > numRuns / 4 && seen.kept > numRuns / 4, JSON.stringify(seen));
});
