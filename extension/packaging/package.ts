/**
 * Makes the VSIX for one platform from what has been built in dist/. `node extension/packaging/package.ts [target]`;
 * without a target, for this machine's platform.
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { copyRuntimes, targets } from './runtimes.ts';

const repository = resolve(import.meta.dirname, '..', '..');
const largest = 45 * 2 ** 20;

/** Returns the path of the package. */
export async function packageExtension(
  target = `${process.platform}-${process.arch}`,
): Promise<string> {
  if (!targets.includes(target))
    throw new Error(`Expected a target out of ${targets.join(', ')}, found ${target}.`);
  await copyRuntimes(repository, target);
  const packagePath = join(repository, `batchnorm-lab-${target}.vsix`);
  await createVSIX({
    cwd: repository,
    target,
    packagePath,
    dependencies: false,
    rewriteRelativeLinks: false,
    allowMissingRepository: true,
  });
  const { size } = await stat(packagePath);
  if (size > largest)
    throw new Error(`Expected a package of at most ${largest} bytes, found ${size}.`);
  return packagePath;
}

if (import.meta.main) await packageExtension(process.argv[2]);
