/** Ends the sidecar of the packaged extension as a crash would. */
import { spawnSync } from 'node:child_process';
import { workFolder } from '../install.ts';

/** Kills the processes that run a sidecar installed below `.vscode-test/`. */
export function killSidecar(): void {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  const lines = stdout
    .split('\n')
    .filter((line) => line.includes(workFolder) && line.includes('dist/sidecar.js'));
  if (lines.length === 0) throw new Error('Expected a sidecar to kill, found none.');
  for (const line of lines) process.kill(Number.parseInt(line, 10), 'SIGKILL');
}
