/** Which sections the row of a layer has. */
import type { LayerPlan } from '../plan.ts';
import type { Stage } from '../stage.ts';
import type { VariantData } from '../store.ts';
import { saturationSection } from './saturation.ts';
import { Sections } from './section.ts';
import { shiftSection } from './shift.ts';
import { unitsSection } from './units.ts';

export function layerSections(
  plan: LayerPlan,
  variants: readonly VariantData[],
  stage: Stage,
  id: string,
): Sections {
  const { name, kind } = plan;
  return new Sections(
    [
      saturationSection(name, kind, variants, stage),
      shiftSection(name, variants, stage),
      unitsSection(plan, stage),
    ],
    stage,
    id,
  );
}
