/** A program that runs an exported model, from the model's file alone. */
import { readModel } from '../onnx/read.ts';
import { readFacts } from '../onnx/snippets/facts.ts';
import { writeSnippet } from '../onnx/snippets/snippet.ts';
import type { SnippetLanguage } from '../protocol/onnx.ts';
import { readModelFile } from './model-file.ts';

/** `opened`: the path by which the program opens the model. Rejects with a sentence when it is no model of ours. */
export async function snippetFile(
  path: string,
  opened: string,
  language: SnippetLanguage,
): Promise<string> {
  return writeSnippet(
    readFacts(readModel(await readModelFile(path), path), opened, path),
    language,
  );
}
