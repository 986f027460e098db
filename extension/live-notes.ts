/** The quiet notes at the end of each layer's line while a run is on. */
import {
  type DecorationOptions,
  Range,
  type TextEditor,
  ThemeColor,
  window,
  workspace,
} from 'vscode';
import { liveNotes } from '../sidecar/protocol/runs.ts';
import type { Lab } from './lab.ts';
import { NoteKeeper } from './note-keeper.ts';

const setting = 'batchnorm.liveNotes.enabled';

export function showLiveNotes({ sidecar, runs, extension }: Lab): void {
  const keeper = new NoteKeeper((uri) => runs.newest(uri));
  const decoration = window.createTextEditorDecorationType({
    after: { color: new ThemeColor('editorCodeLens.foreground'), margin: '0 0 0 3ch' },
  });
  const draw = (uri?: string) => {
    const enabled = workspace.getConfiguration().get(setting, true);
    for (const editor of window.visibleTextEditors) {
      const shown = editor.document.uri.toString();
      if (uri !== undefined && uri !== shown) continue;
      editor.setDecorations(decoration, enabled ? decorations(keeper, editor) : []);
    }
  };
  sidecar.on(liveNotes, ({ uri, notes }) => {
    keeper.receive(uri, notes);
    draw(uri);
  });
  extension.subscriptions.push(
    decoration,
    runs.onDidChange(({ uri }) => {
      if (keeper.endIfOver(uri)) draw(uri);
    }),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const uri = document.uri.toString();
      const edits = contentChanges.map(({ range, text }) => ({
        first: range.start.line,
        last: range.end.line,
        lines: text.split('\n').length,
      }));
      if (keeper.edit(uri, edits)) draw(uri);
    }),
    window.onDidChangeVisibleTextEditors(() => draw()),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(setting)) draw();
    }),
  );
}

function decorations(keeper: NoteKeeper, { document }: TextEditor): DecorationOptions[] {
  return keeper
    .notes(document.uri.toString())
    .filter(({ line, text }) => line < document.lineCount && text !== '')
    .map(({ line, text }) => {
      const end = document.lineAt(line).range.end;
      return { range: new Range(end, end), renderOptions: { after: { contentText: text } } };
    });
}
