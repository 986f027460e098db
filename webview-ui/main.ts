/** Entry of the dashboard: connects the page to the extension's messages, nothing else. */
import 'uplot/dist/uPlot.min.css';
import './dashboard.css';
import type { FromDashboard, ToDashboard } from '../sidecar/protocol/dashboard.ts';
import { Dashboard } from './dashboard.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: FromDashboard): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const host = acquireVsCodeApi();
const dashboard = new Dashboard(document.getElementById('root')!, {
  post: (message) => host.postMessage(message),
  load: () => host.getState(),
  save: (state) => host.setState(state),
});

window.addEventListener('message', ({ data }: MessageEvent<ToDashboard>) => dashboard.take(data));
host.postMessage({ type: 'ready' });
