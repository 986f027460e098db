/** How much gradient reaches each layer, by depth, and the derivatives that it is multiplied by on its way. */
import { element } from '../dom.ts';
import { uniteLayers } from '../layers.ts';
import { rowAt } from '../samples.ts';
import type { Stage } from '../stage.ts';
import type { VariantData } from '../store.ts';
import { valueTrace } from '../traces.ts';
import { type DepthFigure, DepthPicture, type DepthSubject } from './depth-picture.ts';
import type { Part } from './part.ts';
import { PictureChart } from './picture-chart.ts';
import { probeAt } from './probes.ts';

export interface DepthRow {
  readonly element: HTMLElement;
  readonly charts: readonly Part[];
}

/** Layers that pass their input on multiplied by weights; the gradients of gamma and beta have another scale. */
const isWeighted = (kind: string) => kind === 'dense' || kind.startsWith('conv');

/** Null for a network with a single layer that has weights: it has no depth. */
export function depthRow(variants: readonly VariantData[], stage: Stage): DepthRow | null {
  const gradient = gradientByDepth(variants);
  if (gradient.layers().length < 2) return null;
  const chart = (subject: DepthSubject, id: string) =>
    new PictureChart(new DepthPicture(subject, variants, stage), stage, id);
  const gradients = chart(gradient, 'd-gradient');
  const derivative = derivativeByDepth(variants);
  const derivatives = new Awaited(
    chart(derivative, 'd-derivative'),
    () => derivative.layers().length > 1,
  );
  const charts = [gradients, derivatives];
  return {
    charts,
    element: element(
      'section',
      { class: 'row depth', 'aria-label': 'Depth' },
      element(
        'div',
        { class: 'label' },
        element('h2', {}, 'Depth: how much gradient reaches each layer'),
        element(
          'p',
          { class: 'muted' },
          'A gradient travels from the last layer to the first, here from right to left. Every activation multiplies it by its derivative at u, every layer by its weights; factors below 1 multiply, so that with depth little is left. Normalization divides by the spread of u, on the way up and on the way down, so that neither dies out. Point at an early step in any chart to see how it began.',
        ),
      ),
      element('div', { class: 'charts' }, ...charts.map((each) => each.element)),
    ),
  };
}

/** A part that is not seen before there is something to show. */
class Awaited implements Part {
  readonly element: HTMLElement;
  readonly #part: Part;
  readonly #isThere: () => boolean;

  constructor(part: Part, isThere: () => boolean) {
    this.#part = part;
    this.#isThere = isThere;
    this.element = part.element;
    this.element.hidden = true;
  }

  invalidate(): void {
    if (this.element.hidden) this.element.hidden = !this.#isThere();
    this.#part.invalidate();
  }

  request(): void {
    this.#part.request();
  }

  applyTheme(): void {
    this.#part.applyTheme();
  }

  destroy(): void {
    this.#part.destroy();
  }
}

function gradientByDepth(variants: readonly VariantData[]): DepthSubject {
  const traces = new Map(
    variants.map((variant) => [
      variant,
      variant.layers.flatMap(({ name, kind }) => {
        const trace = isWeighted(kind) ? valueTrace(variant, name, 'gradientNorm', '') : null;
        return trace ? [{ name, trace }] : [];
      }),
    ]),
  );
  const recorded = new Set([...traces.values()].flatMap((all) => all.map(({ name }) => name)));
  const layers = uniteLayers(variants).filter((name) => recorded.has(name));
  return {
    key: 'depth/gradient',
    title: 'Gradient norm by depth',
    legend: 'of the weights',
    hint: 'Length of the gradient of each layer’s weights. A line that falls towards the left by decades means that the first layers hardly learn.',
    value: 'gradient norm',
    layers: () => layers,
    read: (variant, step) => {
      const own = traces.get(variant) ?? [];
      const { history } = variant;
      if (own.length === 0 || history.count === 0) return null;
      const row = step === null ? history.count - 1 : rowAt(own[0].trace.read(), step);
      if (row < 0) return null;
      const figures = own.map(
        ({ name, trace }) => [name, { value: trace.read().mid[row] }] as const,
      );
      return { step: history.steps[row], figures: new Map(figures) };
    },
  };
}

function derivativeByDepth(variants: readonly VariantData[]): DepthSubject {
  const order = uniteLayers(variants);
  const layers = () => {
    const probed = new Set(
      variants.flatMap(({ probes }) => probes.at(-1)?.activations.map(({ layer }) => layer) ?? []),
    );
    return order.filter((name) => probed.has(name));
  };
  return {
    key: 'depth/derivative',
    title: 'Mean derivative by depth',
    legend: 'dashes product',
    hint: 'Line: mean derivative of each activation; dashes: the product of all from the last one down to this one. Where the dashes fall by decades towards the left, the activations alone leave next to nothing of a gradient.',
    value: 'mean derivative',
    extra: 'product from the last',
    layers,
    read: ({ probes }, step) => {
      const probe = probeAt(probes, step);
      if (!probe) return null;
      const byName = new Map(probe.activations.map(({ layer, derivative }) => [layer, derivative]));
      const figures = new Map<string, DepthFigure>();
      let extra = 1;
      for (const layer of layers().toReversed()) {
        const value = byName.get(layer);
        if (value === undefined) continue;
        extra *= value;
        figures.set(layer, { value, extra });
      }
      return { step: probe.step, figures };
    },
  };
}
