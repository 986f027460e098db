import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { buildModel } from '../../sidecar/onnx/build.ts';
import { certifyModel } from '../../sidecar/onnx/certificate.ts';
import { ModelFileError } from '../../sidecar/onnx/errors.ts';
import { readModel } from '../../sidecar/onnx/read.ts';
import { sampleSource, samples, sampleTask } from './samples.ts';

const bytes = buildModel(sampleSource(samples[0]));

/** The first sample's model, changed by hand. */
function changed(edit: (model: ModelProto) => void): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  edit(model);
  return toBinary(ModelProtoSchema, model);
}

function setMetadata(key: string, value: string): Uint8Array {
  return changed(({ metadataProps }) => {
    metadataProps.find((entry) => entry.key === key)!.value = value;
  });
}

const initializer = ({ graph }: ModelProto, name: string) =>
  graph!.initializer.find((tensor) => tensor.name === name)!;

function refuses(model: Uint8Array, message: string | RegExp): void {
  assert.throws(() => readModel(model, 'a.onnx'), { name: 'ModelFileError', message });
}

describe('readModel gives back all that buildModel was given', () => {
  for (const sample of samples) {
    test(sample.title, () => {
      const source = sampleSource(sample);
      const model = buildModel(source);
      const read = readModel(model, 'a.onnx');
      assert.deepEqual(read.source, source);
      assert.deepEqual(buildModel(read.source!), model);
    });
  }

  test('also with an example and a certificate, and from a Buffer at an odd place', async () => {
    const source = sampleSource(samples[0]);
    const task = { ...sampleTask(source, 1), model: bytes };
    const certified = await certifyModel(task, { runtimes: [] });
    const buffer = Buffer.concat([Buffer.from('x'), certified.bytes]).subarray(1);
    const read = readModel(buffer, 'a.onnx');
    assert.deepEqual(read.source, source);
    const written = JSON.parse(read.metadata['batchnorm.certificate']);
    assert.equal(written.validation.outcome, 'not-validated');
  });
});

test('describes the graph of a model that is not ours', () => {
  const foreign = changed((model) => {
    model.metadataProps = [];
    model.producerName = 'pytorch';
    model.graph!.input.push({ ...model.graph!.input[0], name: 'dense3.weight' });
    const { type } = model.graph!.output[0];
    if (type?.value.case === 'tensorType')
      type.value.value.shape!.dim[0].value = { case: undefined };
  });
  assert.deepEqual(readModel(foreign, 'a.onnx'), {
    irVersion: 8,
    opset: 15,
    producerName: 'pytorch',
    producerVersion: '1.2.3',
    name: 'sample',
    inputs: [{ name: 'input', shape: ['batch', 17] }],
    outputs: [{ name: 'logits', shape: [null, 4] }],
    metadata: {},
    source: null,
    ensemble: null,
  });
});

describe('readModel refuses', () => {
  test('what is no model', () => {
    refuses(
      new Uint8Array(0),
      'a.onnx: expected an ONNX model of 1 to 536870912 bytes, found an empty file',
    );
    refuses(
      new TextEncoder().encode('data: mnist\n'),
      'a.onnx: expected an ONNX model, found text, which a download that failed often leaves: download or export the model again',
    );
    refuses(Uint8Array.of(8, 8), 'a.onnx: expected an ONNX model with a graph, found none');
  });

  test('a truncated model at whatever byte', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      // A cut between two entries of the metadata leaves a model that is whole, or not ours any more.
      try {
        const { source } = readModel(bytes.subarray(0, length), 'a.onnx');
        if (source !== null) assert.deepEqual(buildModel(source), bytes);
      } catch (error) {
        assert.ok(error instanceof ModelFileError, `${length}: ${error}`);
      }
    }
  });

  test('metadata that contradicts itself or the graph', () => {
    refuses(setMetadata('batchnorm.format', '2'), /expected batchnorm.format 1, found 2.*newer/);
    refuses(setMetadata('batchnorm.network', '{'), /expected JSON in metadata batchnorm.network/);
    const network = (edit: string) => {
      const { network } = sampleSource(samples[0]);
      return setMetadata('batchnorm.network', JSON.stringify(network).replace(...split(edit)));
    };
    const split = (edit: string) => edit.split(' -> ') as [string, string];
    refuses(
      network('"kind":"tanh" -> "kind":"tangent"'),
      /^a\.onnx: metadata batchnorm\.network\.layers\.5\.kind: /,
    );
    refuses(
      network('"input":[17] -> "input":[18]'),
      'a.onnx: metadata batchnorm.network.layers.0: expected an input of shape [18], found [17]',
    );
    refuses(
      network('"units":8 -> "units":9007199254740991'),
      'a.onnx: dense1.weight: expected shape [17,9007199254740991], found [17,8]',
    );
    refuses(
      changed(({ metadataProps }) => {
        metadataProps.splice(
          metadataProps.findIndex(({ key }) => key === 'batchnorm.network'),
          1,
        );
      }),
      'a.onnx: expected metadata batchnorm.network, found none',
    );
  });

  test('initializers that are missing, of another type, shape or length', () => {
    refuses(
      changed((model) => {
        initializer(model, 'dense3.bias').name = 'dense3.tendency';
      }),
      'a.onnx: dense3.bias: expected an initializer of this name, found none',
    );
    refuses(
      changed((model) => {
        initializer(model, 'dense3.bias').dataType = 11;
      }),
      'a.onnx: dense3.bias: expected FLOAT, FLOAT16, INT8 or INT32 values, found DOUBLE',
    );
    refuses(
      changed((model) => {
        initializer(model, 'dense3.bias').dims = [-4n];
      }),
      'a.onnx: dense3.bias: expected shape [4], found [-4]',
    );
    refuses(
      changed((model) => {
        initializer(model, 'dense3.bias').rawData = new Uint8Array(15);
      }),
      'a.onnx: dense3.bias: expected 16 bytes of values, found 15',
    );
  });

  test('random damage, always with an error that explains itself', () => {
    const damage = fc.array(
      fc.record({
        at: fc.nat(bytes.length - 1),
        remove: fc.nat(8),
        insert: fc.uint8Array({ maxLength: 8 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(damage, (edits) => {
        const model = [...bytes];
        for (const { at, remove, insert } of edits) model.splice(at, remove, ...insert);
        try {
          readModel(Uint8Array.from(model), 'a.onnx');
        } catch (error) {
          assert.ok(error instanceof ModelFileError, String(error));
          assert.match(error.message, /^a\.onnx: /);
        }
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (model) => {
        try {
          readModel(model, 'a.onnx');
        } catch (error) {
          assert.ok(error instanceof ModelFileError, String(error));
        }
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});
