/** Code lenses: what can be done with the network stands above it, and above each variant what can be done with that. */
import type { CodeLens, Range } from 'vscode-languageserver';
import { type NetworkFile, variantEntries } from '../network/file.ts';
import { baseVariant, type RunSummary, type VariantSummary } from '../protocol/runs.ts';
import { count } from './figures.ts';

/** Lines of a network file that carry lenses. */
interface LensPlaces {
  /** The key `network`; null while the file has none. */
  readonly network: Range | null;
  /** One for each entry under `variants`; a grid stands for several. */
  readonly variants: readonly { readonly variants: readonly string[]; readonly range: Range }[];
}

/**
 * Remembers where lenses stood: while a file's YAML is broken by what is being typed, they stay, since lines that
 * come and go make the text jump.
 */
export class LensPlacesKeeper {
  private readonly last = new Map<string, LensPlaces>();

  of(uri: string, file: NetworkFile): LensPlaces {
    const found: LensPlaces = {
      network: file.networkRange,
      variants: variantEntries(file),
    };
    const last = this.last.get(uri);
    if (last && file.source.problems.length > 0) {
      const variants =
        found.variants.length < last.variants.length ? last.variants : found.variants;
      return { network: found.network ?? last.network, variants };
    }
    this.last.set(uri, found);
    return found;
  }

  forget(uri: string): void {
    this.last.delete(uri);
  }
}

export function codeLenses(uri: string, places: LensPlaces, run: RunSummary | null): CodeLens[] {
  const active = run?.variants.filter(
    ({ state }) => state === 'queued' || state === 'training' || state === 'paused',
  );
  const ofNetwork = places.network
    ? networkCommands(uri, places, active ?? []).map((command) => ({
        range: places.network!,
        command,
      }))
    : [];
  const ofVariants = places.variants.flatMap(({ variants, range }) => {
    const own = active?.filter(({ variant }) => variants.includes(variant)) ?? [];
    // Of a grid's variants few train at a time: pausing those alone would let the next ones begin.
    const pause = variants.length === 1 ? [pauseOrContinue(uri, own, variants[0])] : [];
    const commands = own.length > 0 ? [stop(uri, own), ...pause] : [trainEntry(uri, variants)];
    return commands.map((command) => ({ range, command }));
  });
  return [...ofNetwork, ...ofVariants];
}

function networkCommands(uri: string, places: LensPlaces, active: readonly VariantSummary[]) {
  const all = { title: 'Train All Variants', command: 'batchnorm.trainAll', arguments: [{ uri }] };
  const start = [train(uri, baseVariant), ...(places.variants.length > 0 ? [all] : [])];
  return [
    ...(active.length > 0 ? [stop(uri, active), pauseOrContinue(uri, active, null)] : start),
    command('Open Dashboard', 'batchnorm.showDashboard', uri, baseVariant),
    command('Export', 'batchnorm.exportOnnx', uri, baseVariant),
  ];
}

function train(uri: string, variant: string) {
  return command('Train', 'batchnorm.train', uri, variant);
}

/** A variant, or all that a grid stands for. */
function trainEntry(uri: string, variants: readonly string[]) {
  if (variants.length === 1) return train(uri, variants[0]);
  const title = `Train ${count(variants.length)} Variants`;
  return { title, command: 'batchnorm.train', arguments: [{ uri, variants }] };
}

/** Takes no variant: those of a run are stopped together. */
function stop(uri: string, active: readonly VariantSummary[]) {
  const title = `Stop · ${progress(active)}`;
  return { title, command: 'batchnorm.stop', arguments: [{ uri }] };
}

/** A null variant: all that are active, which go on together once they are all paused. */
function pauseOrContinue(uri: string, active: readonly VariantSummary[], variant: string | null) {
  const paused = active.every(({ state }) => state === 'paused');
  return {
    title: paused ? 'Continue' : 'Pause',
    command: paused ? 'batchnorm.continue' : 'batchnorm.pause',
    arguments: [{ uri, variant }],
  };
}

function progress(active: readonly VariantSummary[]): string {
  const total = (pick: (summary: VariantSummary) => number) =>
    count(active.reduce((sum, summary) => sum + pick(summary), 0));
  if (active.every(({ state }) => state === 'queued')) return 'waiting';
  const steps = `step ${total(({ step }) => step)} of ${total(({ steps }) => steps)}`;
  const paused = active.every(({ state }) => state === 'paused') ? 'paused at ' : '';
  return active.length > 1
    ? `${active.length} variants · ${paused}${steps} in all`
    : `${paused}${steps}`;
}

function command(title: string, name: string, uri: string, variant: string) {
  return { title, command: name, arguments: [{ uri, variant }] };
}
