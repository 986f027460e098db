/** Entry of the page that shows an ONNX file: connects it to the extension's messages, nothing else. */
import './model.css';
import type { FromModelEditor, ToModelEditor } from '../../sidecar/protocol/model-editor.ts';
import { ModelPage } from './page.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: FromModelEditor): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const host = acquireVsCodeApi();
const page = new ModelPage(document.getElementById('root')!, {
  post: (message) => host.postMessage(message),
  load: () => host.getState(),
  save: (state) => host.setState(state),
});

window.addEventListener('message', ({ data }: MessageEvent<ToModelEditor>) => page.take(data));
host.postMessage({ type: 'ready' });
