/**
 * Tools too big for package.json (a VS Code server, a browser), installed from the npm registry on first use into
 * `.vscode-test/`. A folder appears there under its final name only when it is complete, so that an interrupted
 * installation is done again and two at once do no harm.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The repository's root. */
export const repository = resolve(import.meta.dirname, '..', '..');

/** Where everything that the suites in VS Code install or write lies. */
export const workFolder = join(repository, '.vscode-test');

/** The tool's folder, made by `build` in a folder of its own when it is not there yet. */
export async function installed(
  name: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(workFolder, name);
  if (existsSync(folder)) return folder;
  await removeAbandoned(name);
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  console.log(`Installing ${name} into .vscode-test/ (first use only)`);
  await build(partial);
  await rename(partial, folder).catch(async (cause: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw cause;
  });
  console.log(`Installed ${name}`);
  return folder;
}

/** Runs npm without install scripts in a folder and returns when it has succeeded. */
export function npmInstall(folder: string, ...args: string[]): Promise<void> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return runToEnd('npm', ['install', ...quiet, ...args], { cwd: folder });
}

/** Runs a program, shows what it prints, and rejects with its command line when it fails. */
export function runToEnd(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('error', reject);
  child.once('exit', (code, signal) => {
    if (code === 0) resolve();
    else reject(new Error(`${program} ${args.join(' ')} ended with ${signal ?? code}`));
  });
  return promise;
}

/** Partial folders end in the process that made them; those whose process is gone are left-overs. */
async function removeAbandoned(name: string): Promise<void> {
  await mkdir(workFolder, { recursive: true });
  for (const entry of await readdir(workFolder)) {
    const [, owner] = entry.split(`${name}.partial-`);
    if (owner !== undefined && !isRunning(Number(owner)))
      await rm(join(workFolder, entry), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
