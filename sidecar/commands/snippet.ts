/** `batchnorm snippet`: a program that runs an exported model on one example. */
import { resolve } from 'node:path';
import type { SnippetLanguage } from '../protocol/onnx.ts';
import { makePlaceFor, unwritable, writeWhole } from '../runs/run-folder.ts';
import { snippetFile } from '../runs/snippet-file.ts';

/** The program opens the model by the path given here, so that it runs where this command was run. */
export async function snippetCommand(
  model: string,
  { language, out }: { readonly language: SnippetLanguage; readonly out?: string },
): Promise<void> {
  const text = await snippetFile(resolve(model), model, language);
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  const path = resolve(out);
  await makePlaceFor(path);
  try {
    await writeWhole({ [path]: text });
  } catch (error) {
    throw unwritable(path, error as Error);
  }
  process.stdout.write(`${path}\n`);
}
