import { PanelPlugin, type SelectableValue } from '@grafana/data';
import { COMMON_COLUMNS, DEFAULT_OPTIONS, type PanelOptions, SECTIONS } from './options';
import { OPTIONS, COLUMN_TEXTS, SECTION_TEXTS } from './texts';
import { ViolationsPanel } from './ViolationsPanel';

/** Typed as Grafana types it: one name for a single choice and for the list of those made. */
function choices<T extends string>(
  values: readonly T[],
  texts: Readonly<Record<T, string>>
): Array<SelectableValue<T[]>> {
  return values.map((value) => ({ value: value as unknown as T[], label: texts[value] }));
}

export const plugin = new PanelPlugin<PanelOptions>(ViolationsPanel).setPanelOptions((builder) =>
  builder
    .addTextInput({
      ...{ path: 'check', name: OPTIONS.check, description: OPTIONS.checkHelp, defaultValue: DEFAULT_OPTIONS.check },
    })
    .addMultiSelect({
      ...{ path: 'sections', name: OPTIONS.sections, defaultValue: DEFAULT_OPTIONS.sections },
      settings: { options: choices(SECTIONS, SECTION_TEXTS) },
    })
    .addMultiSelect({
      ...{ path: 'hiddenColumns', name: OPTIONS.hiddenColumns, description: OPTIONS.hiddenColumnsHelp },
      defaultValue: DEFAULT_OPTIONS.hiddenColumns,
      settings: { options: choices(COMMON_COLUMNS, COLUMN_TEXTS), allowCustomValue: true },
    })
    .addNumberInput({
      ...{ path: 'pageSize', name: OPTIONS.pageSize, defaultValue: DEFAULT_OPTIONS.pageSize },
      settings: { min: 5, max: 200, integer: true },
    })
    .addBooleanSwitch({ path: 'compact', name: OPTIONS.compact, defaultValue: DEFAULT_OPTIONS.compact })
);
