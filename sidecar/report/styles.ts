/**
 * How reports look. Every colour is a variable `--bn-*`: a page that shows a report's body may set them to its theme's.
 * Series have colours that people with any kind of colour blindness can tell apart (after Okabe and Ito), darkened or
 * lightened to stand out from the background, and dashes and marks besides.
 */

const light = `
  --bn-surface: #ffffff;
  --bn-text: #1b2027;
  --bn-muted: #57606c;
  --bn-line: #8a929c;
  --bn-grid: #e4e7eb;
  --bn-tint: #f5f6f8;
  --bn-link: #0b5cad;
  --bn-series-0: #0067a8;
  --bn-series-1: #c4490c;
  --bn-series-2: #00805d;
  --bn-series-3: #a8437c;
  --bn-series-4: #8f6c00;
  --bn-series-5: #1b7fb5;
  --bn-series-6: #1b2027;
  --bn-series-7: #7a4fc2;
  --bn-level-low: #e3edf7;
  --bn-level-high: #0a4a8f;
  --bn-on-low: #1b2027;
  --bn-on-high: #ffffff;`;

const dark = `
  --bn-surface: #14181d;
  --bn-text: #e6e9ed;
  --bn-muted: #a3abb6;
  --bn-line: #6b7480;
  --bn-grid: #2a3038;
  --bn-tint: #1d2228;
  --bn-link: #7fb9f0;
  --bn-series-0: #5cb3f0;
  --bn-series-1: #f5905a;
  --bn-series-2: #3ecfa3;
  --bn-series-3: #e394bf;
  --bn-series-4: #e0b93c;
  --bn-series-5: #9ad4f5;
  --bn-series-6: #e6e9ed;
  --bn-series-7: #b99af0;
  --bn-level-low: #1f2f42;
  --bn-level-high: #9fd0ff;
  --bn-on-low: #e6e9ed;
  --bn-on-high: #10151b;`;

/** Each series' dashes; the first is drawn through. */
const dashes = ['none', '7 4', '2 3', '10 3 2 3', '5 2', '3 3', '12 4', '8 3 2 3 2 3'];

const series = dashes
  .map(
    (pattern, index) =>
      `.bn-figure .series-${index}{color:var(--bn-series-${index})}\n.bn-figure .line.series-${index}{stroke-dasharray:${pattern}}`,
  )
  .join('\n');

const levels = Array.from(
  { length: 10 },
  (_, level) =>
    `.bn-figure .level-${level}{fill:color-mix(in oklab,var(--bn-level-high) ${Math.round((level * 100) / 9)}%,var(--bn-level-low))}`,
).join('\n');

/** What figures need, wherever they stand. */
const figureStyles = `
.bn-figure{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-size:12px;font-variant-numeric:tabular-nums}
.bn-figure .surface{fill:var(--bn-surface)}
.bn-figure text{fill:var(--bn-text)}
.bn-figure .tick{fill:var(--bn-muted);font-size:11px}
.bn-figure .axis-title{fill:var(--bn-muted)}
.bn-figure .panel-title{font-weight:600}
.bn-figure .grid{stroke:var(--bn-grid);fill:none}
.bn-figure .axis{stroke:var(--bn-line);fill:none}
.bn-figure .leader{stroke:var(--bn-line);stroke-width:.75;fill:none}
.bn-figure .line{stroke:currentColor;stroke-width:1.75;stroke-linejoin:round;fill:none}
.bn-figure .mark{fill:currentColor;stroke:var(--bn-surface)}
.bn-figure .band{fill:var(--bn-series-0);fill-opacity:.18}
.bn-figure .percentile{stroke:var(--bn-series-0);stroke-width:.9;stroke-linejoin:round;fill:none}
.bn-figure .middle{stroke-width:1.9}
.bn-figure .cell{stroke:none}
.bn-figure .cell.chance,.bn-figure .cell.unfinished{fill:var(--bn-tint);stroke:var(--bn-grid)}
.bn-figure .cell.diverged,.bn-figure .cell.failed{fill:none;stroke:var(--bn-line);stroke-dasharray:3 3}
.bn-figure .on-plain{fill:var(--bn-muted);font-size:11px}
.bn-figure .on-low{fill:var(--bn-on-low)}
.bn-figure .on-high{fill:var(--bn-on-high)}
${series}
${levels}
`;

/** Layout and type of a report's body; colours are left to the page. */
export const bodyStyles = `${figureStyles}
.bn-report{max-width:832px;margin:0 auto;color:var(--bn-text);font-variant-numeric:tabular-nums;line-height:1.55}
.bn-report h1{font-size:1.75em;line-height:1.2;margin:0 0 .6em}
.bn-report h2{font-size:1.2em;line-height:1.3;margin:2.2em 0 .6em}
.bn-report p{margin:.6em 0;max-width:44em}
.bn-report ul{margin:.6em 0;padding-left:1.3em}
.bn-report li{margin:.25em 0;overflow-wrap:anywhere}
.bn-report a{color:var(--bn-link)}
.bn-report figure{margin:1em 0}
.bn-report svg{display:block;max-width:100%;height:auto}
.bn-report .wide{overflow-x:auto;margin:1.2em 0}
.bn-report table{border-collapse:collapse;font-size:.875em;line-height:1.35}
.bn-report caption{text-align:left;color:var(--bn-muted);padding:0 0 .5em}
.bn-report th,.bn-report td{padding:.35em .9em .35em 0;text-align:left;vertical-align:top;font-weight:400}
.bn-report thead th{color:var(--bn-muted);vertical-align:bottom;border-bottom:1px solid var(--bn-line)}
.bn-report tbody tr+tr>*{border-top:1px solid var(--bn-grid)}
.bn-report td{white-space:nowrap}
.bn-report tbody th{min-width:8em;max-width:16em;overflow-wrap:anywhere}
.bn-report tbody th.number{min-width:0}
.bn-report .number{text-align:right}
.bn-report code,.bn-report pre{font-family:ui-monospace,SFMono-Regular,Consolas,"Liberation Mono",monospace;font-size:.875em}
.bn-report pre{background:var(--bn-tint);padding:1em;overflow-x:auto;border-radius:4px}
.bn-report summary{cursor:pointer}
`;

/** Of a page that stands alone. Paper is white whatever the screen was. */
export const pageStyles = `:root{${light}
}
@media (prefers-color-scheme: dark){:root{${dark}
}}
@media print{:root{${light}
}}
body{margin:0;padding:40px 24px 64px;background:var(--bn-surface);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
${bodyStyles}
@media print{body{padding:0;font-size:11pt}.bn-report figure,.bn-report tr{break-inside:avoid}.bn-report h2{break-after:avoid}.bn-report .wide{overflow:visible}.bn-report details{display:none}}
`;

/** Of a figure in a file of its own. */
export const standaloneStyles = `.bn-figure{${light}
}
@media (prefers-color-scheme: dark){.bn-figure{${dark}
}}
${figureStyles}`;
