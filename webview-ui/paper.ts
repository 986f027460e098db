/** The look of what is saved: legible on white, wherever it is shown. */
import type { Theme } from './theme.ts';

export const paper: Theme = {
  background: '#ffffff',
  text: '#3b3b3b',
  grid: '#e3e3e3',
  series: ['#0063d3', '#bf8803', '#652d90', '#388a34', '#e51400', '#3b3b3b'],
  font: '11px system-ui, sans-serif',
  highContrast: false,
};
