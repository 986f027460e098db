/**
 * Bundles into dist/: the extension (CommonJS, as the extension host loads it), the sidecar's entries (ES modules for
 * Node) and the dashboard. onnxruntime stays outside: its native library must lie beside its JavaScript.
 */
import { resolve } from 'node:path';
import MiniCssExtractPlugin from 'mini-css-extract-plugin';
import webpack from 'webpack';

const path = resolve(import.meta.dirname, 'dist');

/** esbuild only transpiles here; `tsc --noEmit` in the test command checks the types. */
const typescript = (target) => ({
  test: /\.ts$/,
  loader: 'esbuild-loader',
  options: { target, tsconfig: './tsconfig.json' },
});

const common = {
  devtool: false,
  resolve: { extensions: ['.ts', '.js'] },
  stats: 'errors-warnings',
  performance: { hints: false },
};

/** @type {import('webpack').Configuration[]} */
export default [
  {
    ...common,
    name: 'extension',
    target: 'node20',
    entry: { extension: './extension/main.ts' },
    output: { path, filename: '[name].cjs', library: { type: 'commonjs2' } },
    externals: { vscode: 'commonjs vscode' },
    module: { rules: [typescript('node20')] },
  },
  {
    ...common,
    name: 'sidecar',
    target: 'node20',
    entry: {
      sidecar: './sidecar/main.ts',
      cli: './sidecar/cli.ts',
      trainer: './sidecar/runs/trainer-thread.ts',
      team: './sidecar/engine/team-thread.ts',
      'data-thread': './sidecar/data/data-thread.ts',
      'model-thread': './sidecar/runs/model-thread.ts',
      'runtime-child': './sidecar/onnx/runtime-child.ts',
    },
    experiments: { outputModule: true },
    output: { path, filename: '[name].js', module: true, chunkFormat: 'module' },
    plugins: [
      new webpack.BannerPlugin({ banner: '#!/usr/bin/env node', raw: true, include: /^cli\.js$/ }),
    ],
    externalsType: 'module',
    externals: {
      'onnxruntime-node': 'import onnxruntime-node',
      'onnxruntime-web': 'import onnxruntime-web',
    },
    module: {
      rules: [typescript('node20')],
      // import.meta.dirname must stay what it is at run time: dist/.
      parser: { javascript: { importMeta: false, url: false, worker: false } },
    },
  },
  {
    ...common,
    name: 'webview',
    target: 'web',
    entry: { dashboard: './webview-ui/main.ts', model: './webview-ui/model/main.ts' },
    output: { path: resolve(path, 'webview'), filename: '[name].js' },
    plugins: [new MiniCssExtractPlugin({ filename: '[name].css' })],
    module: {
      rules: [
        typescript('es2022'),
        {
          test: /\.css$/,
          use: [MiniCssExtractPlugin.loader, { loader: 'css-loader', options: { url: false } }],
        },
      ],
    },
  },
];
