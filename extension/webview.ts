/** Fills a webview with one of the extension's pages. */
import { randomBytes } from 'node:crypto';
import { Uri, type Webview } from 'vscode';
import { webviewPage } from './webview-html.ts';

/** `bundle` names the page's script and style in `dist/webview/`. */
export function fillWebview(
  webview: Webview,
  extension: Uri,
  bundle: 'dashboard' | 'model',
  title: string,
): void {
  const built = Uri.joinPath(extension, 'dist', 'webview');
  webview.options = { enableScripts: true, localResourceRoots: [built] };
  const resource = (name: string) => webview.asWebviewUri(Uri.joinPath(built, name)).toString();
  webview.html = webviewPage({
    title,
    cspSource: webview.cspSource,
    script: resource(`${bundle}.js`),
    style: resource(`${bundle}.css`),
    nonce: randomBytes(16).toString('base64'),
  });
}
