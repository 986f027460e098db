/**
 * Networks that were trained at several learning rates, each at the one that suits it best: what is left of a difference
 * when no network has to make do with another's rate.
 */
import { type Block, heading, paragraph, table } from './document.ts';
import { figure, percent, points } from './format.ts';
import { type Report, singleVariants, type VariantReport } from './report.ts';

interface Network {
  /** As it was trained first, which names it. */
  readonly first: VariantReport;
  readonly all: readonly VariantReport[];
  /** With the highest final accuracy. */
  readonly best: VariantReport;
}

export function ownRates(report: Report): Block[] {
  const networks = networksOf(singleVariants(report)).filter(atSeveralRates);
  if (networks.length === 0) return [];
  return [
    heading('Each network at its own best learning rate'),
    table(
      'Accuracy after the last step',
      ['network', 'rates tried', 'at', 'accuracy', 'best rate', 'accuracy at its best rate'],
      networks.map(({ first, all, best }) => [
        first.variant,
        [...new Set(all.map(({ learningRate }) => figure(learningRate)))].join(', '),
        figure(first.learningRate),
        percent(accuracyOf(first)),
        figure(best.learningRate),
        percent(accuracyOf(best)),
      ]),
    ),
    ...networks.slice(1).map((other) => paragraph(comparison(networks[0], other))),
    paragraph(
      'What it cannot show: rates between those that were tried, and how much of the difference another seed would leave.',
    ),
  ];
}

function atSeveralRates({ all }: Network): boolean {
  return new Set(all.map(({ learningRate }) => learningRate)).size > 1;
}

function networksOf(variants: readonly VariantReport[]): Network[] {
  const known = variants.filter((variant) => accuracyOf(variant) !== null);
  const groups = Map.groupBy(known, ({ sameButRate }) => sameButRate);
  return [...groups.values()].map((all) => ({
    first: all[0],
    all: all.toSorted((a, b) => a.learningRate - b.learningRate),
    best: all.reduce((most, each) => (accuracyOf(each)! > accuracyOf(most)! ? each : most)),
  }));
}

function comparison(one: Network, other: Network): string {
  const apart = (a: VariantReport, b: VariantReport) => points(accuracyOf(a)! - accuracyOf(b)!);
  const names = `${one.first.variant} from ${other.first.variant}`;
  const own = `each at its own best rate, ${figure(one.best.learningRate)} and ${figure(other.best.learningRate)}, it is ${apart(one.best, other.best)}`;
  return one.first.learningRate === other.first.learningRate
    ? `At the same rate of ${figure(one.first.learningRate)} the distance of ${names} is ${apart(one.first, other.first)} points; ${own}. The second is what is left when neither has to make do with a rate that suits the other.`
    : `The distance of ${names}: ${own} points.`;
}

function accuracyOf({ final }: VariantReport): number | null {
  return final?.accuracy ?? null;
}
