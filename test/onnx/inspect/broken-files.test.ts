/** Files that are broken or made to harm: the message says what is wrong, and nothing is taken in that could not be. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { decodeModel } from '../../../sidecar/onnx/decode.ts';
import { inspectFile } from '../../../sidecar/onnx/inspect/inspect.ts';
import { limits } from '../../../sidecar/onnx/wire/limits.ts';
import { batchNormalization, modelOf, node, statistics } from '../foreign/models.ts';
import { bytesOf, folder, inspect, write } from './files.ts';

const whole = bytesOf(modelOf([4], [batchNormalization('x', 'y')], statistics('y', 4)));

/** Of both readers, the one that leaves tensors in the file and the one that has all in memory. */
async function refuses(bytes: Uint8Array, message: RegExp): Promise<void> {
  await assert.rejects(inspectFile(write(bytes)), { name: 'ModelFileError', message });
  assert.throws(() => decodeModel(bytes, 'a.onnx'), { name: 'ModelFileError', message });
}

const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const graph = (content: Uint8Array) =>
  new BinaryWriter().uint32(8).uint32(8).tag(7, WireType.LengthDelimited).bytes(content).finish();
const field = (number: number, content: Uint8Array) =>
  new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(content).finish();
const repeated = (piece: Uint8Array, times: number) => {
  const result = new Uint8Array(piece.length * times);
  for (let index = 0; index < times; index += 1) result.set(piece, index * piece.length);
  return result;
};
const none = new Uint8Array(0);

describe('what is no ONNX model', () => {
  const cases: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
    'an empty file': [none, /of 1 to \d+ bytes, found an empty file/],
    'a zip archive': [latin1('PK\x03\x04\x14\0\0\0'), /found a zip archive, as PyTorch/],
    text: [latin1('data: mnist\nnetwork: [dense: 3]\n'), /found text/],
    'a pointer of Git LFS': [
      latin1('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
      /found a pointer of Git LFS: fetch the model itself with `git lfs pull`/,
    ],
    gzip: [latin1('\x1f\x8b\x08\0\0\0\0\0'), /gzip: unpack it first/],
    HDF5: [latin1('\x89HDF\r\n\x1a\n'), /an HDF5 file, as Keras writes/],
    'TensorFlow Lite': [latin1('\x1c\0\0\0TFL3'), /a TensorFlow Lite model/],
    safetensors: [latin1('\x40\0\0\0\0\0\0\0{"a":'), /safetensors/],
    zeros: [new Uint8Array(64), /byte \d: expected the number of a field, found 0/],
    'a group': [
      Uint8Array.of(0xf3, 0x01, 0xf4, 0x01),
      /expected a number or a length, found a group/,
    ],
    'an endless number': [
      new Uint8Array(20).fill(0xff),
      /expected a number of at most 10 bytes, found a longer one/,
    ],
    'a graph that is a number': [
      Uint8Array.of(0x38, 0x01),
      /byte 0, graph: expected a length, found a whole number/,
    ],
  };
  for (const [title, [bytes, message]] of Object.entries(cases)) {
    test(title, () => refuses(bytes, message));
  }

  test('a model without a graph', async () => {
    const path = write(Uint8Array.of(8, 8));
    await assert.rejects(inspectFile(path), /expected an ONNX model with a graph, found none/);
  });

  test('a folder, and a file that is not there', async () => {
    const path = join(folder, 'folder.onnx');
    mkdirSync(path);
    await assert.rejects(inspectFile(path), /expected an ONNX file that can be read/);
    await assert.rejects(inspectFile(join(folder, 'none.onnx')), /ENOENT/);
  });
});

describe('broken models', () => {
  test('cut off at any byte', async () => {
    for (let length = 1; length < whole.length; length += 7) {
      const path = write(whole.subarray(0, length));
      await assert.rejects(inspectFile(path), (error: Error) => {
        assert.equal(error.name, 'ModelFileError');
        return /the file is cut off|the rest of a number, found the end|with a graph/.test(
          error.message,
        );
      });
    }
  });

  test('lengths of 2 GiB and more', async () => {
    const huge = (number: number[]) => Uint8Array.of(0x3a, ...number);
    await refuses(
      huge([0x80, 0x80, 0x80, 0x80, 0x08]),
      /byte 6, graph: expected 2147483648 more bytes, found 0: the file is cut off/,
    );
    await refuses(huge(Array(9).fill(0xff).concat(1)), /expected \d{19,} more bytes, found 0/);
  });

  test('a length beyond the message that it is in', () =>
    refuses(graph(Uint8Array.of(0x0a, 0x05, 0x0a)), /graph\.node: expected 5 more bytes, found 1/));

  test('numbers of 10 bytes, packed lists and single values are read alike', async () => {
    const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    const initializer = (dims: number[]) =>
      field(
        5,
        Uint8Array.of(...dims, 0x10, 0x01, 0x42, 0x01, 0x77, 0x4a, 0x18, ...Array(24).fill(0)),
      );
    const read = async (dims: number[]) =>
      (await inspectFile(write(graph(initializer(dims))))).tensors[0];
    assert.deepEqual((await read([0x08, 2, 0x08, 3])).shape, [2, 3]);
    assert.deepEqual((await read([0x0a, 2, 2, 3])).shape, [2, 3]);
    assert.deepEqual((await read([0x08, 2, 0x0a, 1, 3])).shape, [2, 3]);
    const negative = await read([0x08, ...minusOne]);
    assert.deepEqual(negative.shape, [-1]);
    assert.match(negative.problem!, /at least 0/);
    assert.equal((await read([0x08, 6])).problem, null);
  });

  test('unknown fields are passed over, known ones that come twice are joined', async () => {
    const unknown = Uint8Array.of(0xc0, 0x3e, 7, 0xc5, 0x3e, 1, 2, 3, 4, 0xca, 0x3e, 2, 9, 9);
    const twice = Buffer.concat([whole, unknown, graph(field(1, field(4, latin1('Relu'))))]);
    const { nodes, graph: name } = await inspectFile(write(Uint8Array.from(twice)));
    assert.deepEqual(
      nodes.map(({ opType }) => opType),
      ['BatchNormalization', 'Relu'],
    );
    assert.equal(name, 'foreign');
  });
});

describe('more than is taken in', () => {
  test('graphs within graphs', () => {
    let inner = field(1, field(4, latin1('Relu')));
    for (let depth = 0; depth < 60; depth += 1) inner = field(1, field(5, field(6, inner)));
    return refuses(
      graph(inner),
      /graph\.node\.attribute\.g\.…\..*expected messages at most 100 deep in each other, found deeper ones/,
    );
  });

  test('ten million nodes', () =>
    refuses(
      graph(repeated(Uint8Array.of(0x0a, 0), 10_000_000)),
      /graph\.node: expected at most 50000 NodeProto, found more/,
    ));

  const crowds: Readonly<Record<string, readonly [Uint8Array, number, RegExp]>> = {
    tensors: [Uint8Array.of(0x2a, 0), limits.messages.TensorProto, /at most \d+ TensorProto/],
    attributes: [
      Uint8Array.of(0x0a, 2, 0x2a, 0),
      limits.messages.AttributeProto,
      /at most 50000 NodeProto/,
    ],
    'types of values': [
      Uint8Array.of(0x5a, 2, 0x12, 0),
      limits.otherMessages,
      /at most \d+ messages of other kinds/,
    ],
    'unknown fields': [Uint8Array.of(0xc0, 0x3e, 7), limits.fields, /at most 5000000 fields/],
    names: [Uint8Array.of(0x0a, 4, 0x0a, 0, 0x0a, 0), limits.strings, /NodeProto/],
  };
  for (const [title, [piece, times, message]] of Object.entries(crowds)) {
    test(title, () => refuses(graph(repeated(piece, times + 1)), message));
  }

  test('attributes of one node', () =>
    refuses(
      graph(field(1, repeated(Uint8Array.of(0x2a, 0), limits.messages.AttributeProto + 1))),
      /at most 150000 AttributeProto/,
    ));

  test('dimensions of one tensor, packed or not', async () => {
    const dims = repeated(Uint8Array.of(1), limits.integers + 1);
    await refuses(
      graph(field(5, field(1, dims))),
      /graph\.initializer\.dims: expected at most 4194304 whole numbers in lists/,
    );
    const few = await inspectFile(write(graph(field(5, field(1, new Uint8Array(100).fill(1))))));
    assert.match(few.tensors[0].problem!, /expected at most 64 dimensions, found 100/);
  });

  test('entries of the metadata', () =>
    refuses(
      repeated(Uint8Array.of(0x72, 0), limits.messages.StringStringEntryProto + 1),
      /at most 50000 StringStringEntryProto/,
    ));

  test('a long text, and a file that is too long itself', async () => {
    const path = join(folder, 'long.onnx');
    const file = openSync(path, 'w');
    writeSync(file, Uint8Array.of(0x32, 0x80, 0x80, 0x80, 0x80, 0x02));
    ftruncateSync(file, 6 + 2 ** 29);
    await assert.rejects(
      inspectFile(path),
      /doc_string: expected at most 67108864 bytes of names, nodes and attributes/,
    );
    ftruncateSync(file, 2 ** 31);
    closeSync(file);
    await assert.rejects(inspectFile(path), /of 1 to 2147483647 bytes, found 2147483648 bytes/);
  });

  test('shapes that grow from node to node', async () => {
    const concat = (index: number) =>
      node('Concat', [`s${index}`, `s${index}`], `s${index + 1}`, { axis: 0n });
    const nodes = [
      node('Shape', ['x'], 's0'),
      ...Array.from({ length: 200 }, (_, index) => concat(index)),
    ];
    const expand = node('ConstantOfShape', ['s200'], 'y');
    const { outputs } = await inspect(modelOf([4], [...nodes, expand], []));
    assert.equal(outputs[0].shape, null);
  });
});
