/** Workspaces for the suites: fresh copies of the network files, so that runs write into no tracked folder. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { workFolder } from './install.ts';

/** Makes a folder with the network files and returns its path. */
export async function newWorkspace(name: string): Promise<string> {
  const folder = join(workFolder, 'workspaces', name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(import.meta.dirname, 'networks'), folder, { recursive: true });
  return folder;
}
