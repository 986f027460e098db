/** Network files in the editor: which are open, which one a command means. */
import { type TextDocument, Uri, window, workspace } from 'vscode';

export const languageId = 'batchnorm';

export function isNetworkFile(document: TextDocument | undefined): document is TextDocument {
  return document?.languageId === languageId;
}

/** The network files that are open, in editors or in the background. */
export function openNetworkFiles(): TextDocument[] {
  return workspace.textDocuments.filter((document) => isNetworkFile(document));
}

/** The network file that is in sight, the active editor's first. */
export function shownNetworkFile(): Uri | undefined {
  const visible = window.visibleTextEditors.map((editor) => editor.document);
  return [window.activeTextEditor?.document, ...visible].find(isNetworkFile)?.uri;
}

/**
 * The network file a command means: the one it was given, the active editor's, a visible one, the only open one, or
 * one that the user picks. Undefined when there is none, or none was picked.
 */
export async function networkFile(uri: string | undefined): Promise<Uri | undefined> {
  if (uri !== undefined) return Uri.parse(uri, true);
  const shown = shownNetworkFile();
  if (shown !== undefined) return shown;
  const open = openNetworkFiles().map((other) => other.uri);
  if (open.length === 1) return open[0];
  const found = open.length > 0 ? open : await workspace.findFiles('**/*.bn.yaml', undefined, 100);
  return found.length > 1 ? pick(found) : found[0];
}

async function pick(files: readonly Uri[]): Promise<Uri | undefined> {
  const items = files.map((uri) => ({ label: workspace.asRelativePath(uri), uri }));
  items.sort((a, b) => a.label.localeCompare(b.label));
  const picked = await window.showQuickPick(items, { title: 'Network file', matchOnDetail: true });
  return picked?.uri;
}
