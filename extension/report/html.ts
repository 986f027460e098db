/** A report's page in VS Code: its body in the theme's colours, under a policy that lets in its own style and no script. */
import type { ReportView } from '../../sidecar/protocol/report.ts';

/** `nonce` is fresh for every page. */
export function reportPage({ html, styles }: ReportView, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>BatchNorm Report</title>
<style nonce="${nonce}">
${theme}${styles}</style>
</head>
<body>
${html}
</body>
</html>
`;
}

/** The variables that a report's style sheet asks for. */
const theme = `body {
  --bn-surface: var(--vscode-editor-background);
  --bn-text: var(--vscode-foreground);
  --bn-muted: var(--vscode-descriptionForeground, var(--vscode-foreground));
  --bn-line: var(--vscode-contrastBorder, color-mix(in srgb, var(--vscode-foreground) 45%, var(--vscode-editor-background)));
  --bn-grid: color-mix(in srgb, var(--vscode-foreground) 13%, var(--vscode-editor-background));
  --bn-tint: color-mix(in srgb, var(--vscode-foreground) 6%, var(--vscode-editor-background));
  --bn-link: var(--vscode-textLink-foreground);
  --bn-series-0: var(--vscode-charts-blue);
  --bn-series-1: var(--vscode-charts-orange);
  --bn-series-2: var(--vscode-charts-green);
  --bn-series-3: var(--vscode-charts-purple);
  --bn-series-4: var(--vscode-charts-yellow);
  --bn-series-5: var(--vscode-charts-red);
  --bn-series-6: var(--vscode-charts-foreground, var(--vscode-foreground));
  --bn-series-7: var(--vscode-descriptionForeground, var(--vscode-foreground));
  --bn-level-low: color-mix(in oklab, var(--vscode-charts-blue) 12%, var(--vscode-editor-background));
  --bn-level-high: color-mix(in oklab, var(--vscode-charts-blue) 80%, var(--vscode-foreground));
  --bn-on-low: var(--vscode-foreground);
  --bn-on-high: var(--vscode-editor-background);
  padding: 24px 24px 64px;
  background: var(--bn-surface);
  font-family: var(--vscode-font-family);
  font-size: calc(var(--vscode-font-size, 13px) + 1px);
}
body.vscode-high-contrast {
  --bn-muted: var(--vscode-foreground);
}
`;
