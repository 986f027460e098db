/** Questions one after the other, with a way back; Enter takes what is marked. */
import { QuickInputButtons, type QuickPickItem, window } from 'vscode';

export interface Step<Item> {
  readonly title: string;
  /** Counted from 1, of so many; absent for a question that stands alone. */
  readonly place?: { readonly step: number; readonly of: number };
  readonly items: readonly Item[];
  /** Index of the item that Enter takes. */
  readonly active: number;
  readonly hasBack: boolean;
}

/** The item that was picked; undefined when the user has left. */
export function ask<Item extends QuickPickItem>(
  step: Step<Item>,
): Promise<Item | 'back' | undefined> {
  const { title, place, items, active, hasBack } = step;
  const pick = window.createQuickPick<Item>();
  pick.title = title;
  pick.step = place?.step;
  pick.totalSteps = place?.of;
  pick.items = items;
  pick.activeItems = [items[active]];
  pick.buttons = hasBack ? [QuickInputButtons.Back] : [];
  const { promise, resolve } = Promise.withResolvers<Item | 'back' | undefined>();
  pick.onDidAccept(() => resolve(pick.selectedItems[0]));
  pick.onDidTriggerButton(() => resolve('back'));
  pick.onDidHide(() => resolve(undefined));
  pick.show();
  return promise.finally(() => pick.dispose());
}
