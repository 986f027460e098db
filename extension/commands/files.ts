/** New network files and the examples that a newcomer opens first. */
import {
  commands,
  env,
  FileType,
  Position,
  Selection,
  type TextEditor,
  TextEditorRevealType,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode';
import type { Lab } from '../lab.ts';
import { languageId, networkFile } from '../network-files.ts';
import type { Place, Snippet } from './ids.ts';

/** Milliseconds that the status bar says what was copied. */
const copiedShown = 5000;

/** Where the paper's experiments lie among the examples. */
const paper = 'paper';

/** Opens an untitled network file whose places to fill in are reached by Tab. */
export async function newNetworkFile(): Promise<void> {
  const document = await workspace.openTextDocument({ language: languageId });
  await window.showTextDocument(document);
  // The same snippet that completion offers in an empty file.
  await commands.executeCommand('editor.action.insertSnippet', {
    langId: languageId,
    name: 'Network',
  });
}

/** Opens a copy of an example that came with the extension, its data beside it; edits to a copy are kept. */
export async function openExample({ extension }: Lab, name?: string): Promise<void> {
  const folder = Uri.joinPath(extension.extensionUri, 'examples');
  const file = name ?? (await pickExample(folder));
  if (file === undefined) return;
  const copies = Uri.joinPath(extension.globalStorageUri, 'examples');
  await copyMissing(folder, copies, ['data', file]);
  await window.showTextDocument(Uri.joinPath(copies, file));
}

/** Puts the cursor on a line of a network file, beside whatever showed the link. */
export async function reveal(_lab: Lab, place: Place): Promise<void> {
  await placeCursor(Uri.parse(place.uri, true), place.line);
}

/** Puts a layer as another framework writes it on the clipboard; the light bulb of a batchnorm layer offers it. */
export async function copySnippet(_lab: Lab, { text, framework }: Snippet): Promise<void> {
  await env.clipboard.writeText(text);
  window.setStatusBarMessage(`Copied for ${framework}: ${text}`, copiedShown);
}

/** Shows the hover of the first batchnorm layer, as a step of the walkthrough. */
export async function hoverLayer(lab: Lab): Promise<void> {
  const uri = await networkFile(undefined);
  if (uri === undefined) return openExample(lab);
  const text = (await workspace.openTextDocument(uri)).getText();
  const lines = text.split('\n');
  // A layer that begins a branch follows two dashes.
  const found = lines.findIndex((other) => /^\s*(?:- )+batchnorm\b/.test(other));
  const line = Math.max(found, 0);
  const editor = await placeCursor(uri, line);
  const word = new Position(line, lines[line].indexOf('batchnorm') + 1);
  editor.selection = new Selection(word, word);
  await commands.executeCommand('editor.action.showHover');
}

async function placeCursor(uri: Uri, line: number): Promise<TextEditor> {
  const shown = window.visibleTextEditors.find(
    ({ document }) => document.uri.toString() === uri.toString(),
  );
  const viewColumn = shown?.viewColumn ?? ViewColumn.One;
  const editor = await window.showTextDocument(uri, { viewColumn });
  const { range } = editor.document.lineAt(Math.min(line, editor.document.lineCount - 1));
  editor.selection = new Selection(range.start, range.start);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
  return editor;
}

async function pickExample(folder: Uri): Promise<string | undefined> {
  const files = [
    ...(await networkFilesIn(folder)),
    ...(await networkFilesIn(Uri.joinPath(folder, paper))).map((name) => `${paper}/${name}`),
  ];
  const items = await Promise.all(
    files.map(async (file) => {
      const text = new TextDecoder().decode(
        await workspace.fs.readFile(Uri.joinPath(folder, file)),
      );
      return { label: file.replace('.bn.yaml', ''), detail: exampleTitle(text), file };
    }),
  );
  return (await window.showQuickPick(items, { title: 'Example' }))?.file;
}

async function networkFilesIn(folder: Uri): Promise<string[]> {
  return (await workspace.fs.readDirectory(folder))
    .filter(([name, type]) => type === FileType.File && name.endsWith('.bn.yaml'))
    .map(([name]) => name)
    .sort();
}

/** Examples begin with a comment that says what they show. */
function exampleTitle(text: string): string {
  return text.match(/^#\s*(?<title>.+)/)?.groups?.title ?? '';
}

async function copyMissing(from: Uri, to: Uri, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const copy = Uri.joinPath(to, name);
    if (!(await exists(copy))) await workspace.fs.copy(Uri.joinPath(from, name), copy);
  }
}

async function exists(uri: Uri): Promise<boolean> {
  return workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
