/**
 * Takes pictures of the page of a model with a made-up file, to be looked at while designing:
 * `node test/webview-ui/model-preview.ts FOLDER` writes one PNG for every theme and width.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspection } from './model-fixture.ts';
import { Stand } from './page.ts';

const folder = process.argv[2] ?? 'model-previews';
mkdirSync(folder, { recursive: true });

const pictures = [
  ['dark', 1280],
  ['light', 1280],
  ['high-contrast', 1280],
  ['dark', 700],
  ['light', 400],
] as const;

const stand = await Stand.open();
for (const [theme, width] of pictures) {
  const { page, errors, ...model } = await opened(theme, width);
  await model.send({ type: 'model', name: 'mnist.onnx', inspection, isTrusted: true });
  await page.getByRole('button', { name: 'batchnorm2', exact: true }).click();
  await page.getByRole('button', { name: 'conv2.weight', exact: true }).click();
  const summary = {
    ...{ count: 9216, minimum: -0.31, maximum: 0.29, mean: 0.0012, deviation: 0.071 },
    ...{ zeros: 0, nonFinite: 0 },
  };
  await model.send({ type: 'tensor', tensor: 'conv2.weight', summary, reason: null });
  await page.screenshot({ path: join(folder, `model-${theme}-${width}.png`), fullPage: true });
  for (const error of errors) console.error(`${theme}-${width}: ${error}`);
}
const { page, ...broken } = await opened('dark', 900);
const reason =
  'broken.onnx: expected a protobuf field of an ONNX model at byte 17, found a length of 4 GB. Download or export the model again.';
await broken.send({ type: 'broken', name: 'broken.onnx', reason });
await page.screenshot({ path: join(folder, 'broken-dark-900.png') });
await stand.close();

async function opened(theme: (typeof pictures)[number][0], width: number) {
  const model = await stand.model({ theme, width, height: 900 });
  return { page: model.page, errors: model.errors, send: model.send.bind(model) };
}
