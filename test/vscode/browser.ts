/**
 * A Chromium for playwright-core: the one named by CHROMIUM_PATH, else the system's, else the headless one that the
 * npm package `@sparticuz/chromium` carries, with the libraries and fonts it brings where the machine has none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { installed, npmInstall, runToEnd } from './install.ts';

/** What `chromium.launch` of playwright-core takes. */
export interface Browser {
  readonly executablePath: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

const packaged = { name: '@sparticuz/chromium', version: '153.0.0' };

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Finds a Chromium or installs one, and makes sure that it starts. */
export async function findBrowser(): Promise<Browser> {
  // Without a language Chromium makes up the tag `en-US@posix`, which its own Intl then refuses.
  const env: Browser['env'] = { ...definedVariables(process.env), LANG: 'en_US.UTF-8' };
  const own = process.env.CHROMIUM_PATH ?? systemChromium();
  if (own !== undefined) return started({ executablePath: own, args: flags, env });

  const folder = await installed(`chromium-${packaged.version}`, unpackChromium);
  const executablePath = join(folder, 'chromium');
  const withFonts = existsSync('/etc/fonts/fonts.conf')
    ? env
    : { ...env, FONTCONFIG_PATH: join(folder, 'fonts') };
  const plain = { executablePath, args: flags, env: withFonts };
  if (startupError(plain) === null) return plain;
  const libraries = [join(folder, 'al2023', 'lib'), env.LD_LIBRARY_PATH].filter(Boolean);
  return started({ ...plain, env: { ...withFonts, LD_LIBRARY_PATH: libraries.join(delimiter) } });
}

function systemChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** The package unpacks into the temporary folder of its process, libraries only where it believes in AWS Lambda. */
async function unpackChromium(folder: string): Promise<void> {
  await npmInstall(folder, '--prefix', folder, `${packaged.name}@${packaged.version}`);
  const script = `import chromium from '${packaged.name}'; await chromium.executablePath();`;
  await runToEnd(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
  });
  await rm(join(folder, 'node_modules'), { recursive: true });
}

function started(browser: Browser): Browser {
  const error = startupError(browser);
  if (error === null) return browser;
  throw new Error(`${browser.executablePath} does not start: ${error}`);
}

/** What the browser says when it cannot even tell its version, for instance which library is missing. */
function startupError({ executablePath, env }: Browser): string | null {
  const { status, stderr, error } = spawnSync(executablePath, ['--version', '--no-sandbox'], {
    env,
    encoding: 'utf8',
  });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

function definedVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
