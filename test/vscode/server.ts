/**
 * A real VS Code without a desktop download: the npm package `code-server` carries the whole VS Code server and its
 * web workbench. Too big to be a dependency, it is installed on first use.
 */
import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed, npmInstall, runToEnd, workFolder } from './install.ts';

const version = '4.139.1';

/** A server on a port of its own. */
export interface Server {
  /** For instance `127.0.0.1:40123`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Nothing on screen that a network file has not caused. */
const quietSettings = {
  'chat.disableAIFeatures': true,
  'git.openRepositoryInParentFolders': 'never',
  'workbench.editor.useModal': 'off',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

/** The folders of one VS Code user: settings, extensions, state. */
export interface Profile {
  readonly data: string;
  readonly extensions: string;
}

/** Makes an empty profile with a quiet workbench, and the given settings on top. */
export async function newProfile(
  name: string,
  settings: Record<string, unknown> = {},
): Promise<Profile> {
  const root = join(workFolder, 'profiles', name);
  await rm(root, { recursive: true, force: true });
  const profile = { data: join(root, 'data'), extensions: join(root, 'extensions') };
  await mkdir(join(profile.data, 'User'), { recursive: true });
  await mkdir(profile.extensions, { recursive: true });
  const text = JSON.stringify({ ...quietSettings, ...settings });
  await writeFile(join(profile.data, 'User', 'settings.json'), text);
  return profile;
}

/** The bare VS Code server, which runs a suite inside its extension host. */
export async function startTestServer(profile: Profile): Promise<Server> {
  const script = join(await vscodeFolder(), 'out', 'server-main.js');
  return start(
    script,
    [
      ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token'],
      ...['--accept-server-license-terms', '--enable-smoke-test-driver'],
      ...['--server-data-dir', profile.data, '--extensions-dir', profile.extensions],
      ...['--telemetry-level', 'off', '--disable-workspace-trust'],
    ],
    /Extension host agent listening on (?<port>\d+)/,
  );
}

/** VS Code as a person has it, with the extensions of the profile. */
export async function startEditor(profile: Profile, ...options: string[]): Promise<Server> {
  return start(
    await codeServerEntry(),
    [
      ...['--auth', 'none', '--bind-addr', '127.0.0.1:0'],
      ...profileOptions(profile),
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      ...options,
    ],
    /HTTP server listening on http:\/\/127\.0\.0\.1:(?<port>\d+)/,
  );
}

/** Installs a packaged extension, as the command line of VS Code does. */
export async function installExtension(vsix: string, profile: Profile): Promise<void> {
  const args = ['--install-extension', vsix, ...profileOptions(profile)];
  await runToEnd(process.execPath, [await codeServerEntry(), ...args]);
}

function profileOptions(profile: Profile): string[] {
  return ['--user-data-dir', profile.data, '--extensions-dir', profile.extensions];
}

/** Where VS Code itself lies inside code-server. */
export async function vscodeFolder(): Promise<string> {
  return join(await codeServer(), 'lib', 'vscode');
}

async function codeServerEntry(): Promise<string> {
  return join(await codeServer(), 'out', 'node', 'entry.js');
}

async function codeServer(): Promise<string> {
  const folder = await installed(`code-server-${version}`, async (target) => {
    await npmInstall(target, '--prefix', target, `code-server@${version}`);
    const vscode = join(target, 'node_modules', 'code-server', 'lib', 'vscode');
    await npmInstall(vscode, '--omit=dev');
  });
  return join(folder, 'node_modules', 'code-server');
}

/** Starts a server in a process group of its own and resolves when it prints the port it listens on. */
function start(script: string, args: readonly string[], listening: RegExp): Promise<Server> {
  const child = spawn(process.execPath, [script, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = () => process.kill(-child.pid!, 'SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.removeListener('exit', kill);
    if (child.exitCode === null && child.signalCode === null) kill();
    await exited;
  };

  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  let output = '';
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    const port = output.match(listening)?.groups?.port;
    if (port !== undefined) resolve({ address: `127.0.0.1:${port}`, stop });
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  child.once('error', reject);
  void exited.then(() => reject(new Error(`VS Code's server ended at once:\n${output}`)));
  return promise;
}
