/** What the dashboard asks for that leads out of its page: files to save or open, links. */
import { join } from 'node:path';
import { commands, env, Uri, window, workspace } from 'vscode';
import type { FromDashboard } from '../../sidecar/protocol/dashboard.ts';
import type { ReportView } from '../../sidecar/protocol/report.ts';

type Save = Extract<FromDashboard, { type: 'save' }>;

const formats: Record<Save['format'], string> = {
  svg: 'Drawing (SVG)',
  png: 'Picture (PNG)',
  csv: 'Table (CSV)',
};

/** Asks where to, beside the network file if that is on disk, and writes. */
export async function saveChart(
  { name, format, content }: Save,
  network: string | undefined,
): Promise<void> {
  const file = await window.showSaveDialog({
    defaultUri: proposed(`${name}.${format}`, network),
    filters: { [formats[format]]: [format] },
    title: `Save ${name}`,
  });
  if (file === undefined) return;
  const bytes = Buffer.from(content, format === 'png' ? 'base64' : 'utf8');
  await workspace.fs.writeFile(file, bytes);
}

/** Links come from reports and findings; whatever they say, only the web is opened. */
export async function openLink(url: string): Promise<void> {
  const target = Uri.parse(url, true);
  if (target.scheme !== 'https' && target.scheme !== 'http')
    throw new Error(`Expected a link to the web, found ${url}.`);
  await env.openExternal(target);
}

export async function openReport(
  files: ReportView['files'],
  file: 'html' | 'markdown',
): Promise<void> {
  if (files === null) return;
  if (file === 'html') await env.openExternal(Uri.file(files.html));
  else await commands.executeCommand('markdown.showPreviewToSide', Uri.file(files.markdown));
}

function proposed(name: string, network: string | undefined): Uri | undefined {
  const plain = name.replace(/[^\p{L}\p{N} ._-]+/gu, '-');
  if (network?.startsWith('file:')) return Uri.joinPath(Uri.parse(network, true), '..', plain);
  const [folder] = workspace.workspaceFolders ?? [];
  return folder && Uri.file(join(folder.uri.fsPath, plain));
}
