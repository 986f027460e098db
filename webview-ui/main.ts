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

window.addEventListener('message', ({ data }: MessageEvent<ToDashboard>) => {
  switch (data.type) {
    case 'snapshot':
      dashboard.showSnapshot(data.snapshot);
      break;
    case 'frame':
      dashboard.addFrame(data.frame);
      break;
    case 'highlight':
      dashboard.highlight(data.layer);
      break;
    default:
      data satisfies never;
  }
});
host.postMessage({ type: 'ready' });
