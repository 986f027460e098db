import { packageExtension } from '../../extension/packaging/package.ts';
import { modelTests } from './person/models.ts';
import { Window } from './person/window.ts';
import { runInOrder } from './result.ts';
import { installExtension, newProfile } from './server.ts';
import { newWorkspace } from './workspace.ts';

const profile = await newProfile('person');
await installExtension(await packageExtension(), profile);
const place = await newWorkspace('models');
const w = await Window.open(profile, place, ['--disable-workspace-trust']);
await runInOrder('VSIX', modelTests(w, place), async (r) => {
  console.log(r.passed ? '✔' : '✖', r.name, r.error ?? '');
  if (!r.passed)
    await w.page
      .screenshot({ path: `/tmp/editor-run/${r.name.replace(/\W+/g, '-').slice(0, 60)}.png` })
      .catch(() => {});
});
await w.close();
process.exit(0);
