/**
 * Stand-ins for the panels of Grafana's core, which are on no registry: the same components of @grafana/ui where there
 * are any, a table of the data where there is none. They show what a panel is given, not its last pixel.
 */
import * as grafanaData from '@grafana/data';
import * as grafanaUi from '@grafana/ui';
import type { ComponentType, ReactNode } from 'react';
import { pluginMeta } from './runtime';

type Props = grafanaData.PanelProps<Record<string, unknown>>;
type Loose = ComponentType<Record<string, unknown>>;
const { BigValue, BarGauge, TimeSeries, Table } = grafanaUi as unknown as Record<string, Loose>;

function displayed({ data, timeZone, replaceVariables, fieldConfig }: Props, theme: grafanaData.GrafanaTheme2) {
  return grafanaData.getFieldDisplayValues({
    data: data.series,
    fieldConfig,
    reduceOptions: { values: false, calcs: ['lastNotNull'] },
    ...{ replaceVariables, theme, timeZone },
  });
}

function NoData({ fieldConfig }: Props) {
  return <p>{fieldConfig.defaults.noValue ?? 'No data'}</p>;
}

function StatPanel(props: Props) {
  const theme = grafanaUi.useTheme2();
  const values = displayed(props, theme).filter(({ hasLinks, display }) => hasLinks || display.text !== '');
  const [first] = values;
  if (!BigValue || !first || props.data.series.length === 0) {
    return <NoData {...props} />;
  }
  const { width, height } = props;
  const look = { colorMode: 'value', graphMode: 'none', justifyMode: 'auto', textMode: 'value' };
  return <BigValue value={first.display} {...{ width, height, theme, ...look }} />;
}

function BarGaugePanel(props: Props) {
  const theme = grafanaUi.useTheme2();
  const values = displayed(props, theme);
  if (!BarGauge || values.length === 0) {
    return <NoData {...props} />;
  }
  const height = Math.floor(props.height / values.length);
  return (
    <>
      {values.map(({ display, field }) => (
        <BarGauge
          key={display.title}
          value={display}
          field={field}
          {...{ width: props.width, height, theme, orientation: 'horizontal', displayMode: 'gradient' }}
        />
      ))}
    </>
  );
}

function TimeSeriesPanel(props: Props) {
  const { data, width, height, timeRange, timeZone } = props;
  const frames = data.series.filter(({ length }) => length > 0);
  if (!TimeSeries || frames.length === 0) {
    return <NoData {...props} />;
  }
  const legend = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [], isVisible: true };
  return (
    <TimeSeries
      {...{ frames, structureRev: data.structureRev, timeRange, timeZone, width, height, legend, options: {} }}
    />
  );
}

function TablePanel(props: Props) {
  const { data, width, height, timeRange } = props;
  const [frame] = data.series;
  return Table && frame ? <Table {...{ data: frame, width, height, timeRange }} /> : <NoData {...props} />;
}

/** The states of each series in words, newest last. */
function TimelinePanel(props: Props) {
  const lines: ReactNode[] = props.data.series.flatMap((frame) =>
    frame.fields
      .filter(({ type }) => type !== grafanaData.FieldType.time)
      .map((field) => {
        const show = (value: unknown) =>
          grafanaData.formattedValueToString(field.display?.(value) ?? { text: String(value) });
        const states = field.values.map(show).filter((text, index, all) => text !== all[index - 1]);
        const name = grafanaData.getFieldDisplayName(field, frame, props.data.series);
        return <li key={name}>{`${name}: ${states.join(' → ')}`}</li>;
      })
  );
  return lines.length === 0 ? <NoData {...props} /> : <ul style={{ paddingLeft: 16 }}>{lines}</ul>;
}

const STAND_INS: Readonly<Record<string, ComponentType<Props>>> = {
  stat: StatPanel,
  bargauge: BarGaugePanel,
  timeseries: TimeSeriesPanel,
  table: TablePanel,
  'state-timeline': TimelinePanel,
};

export function corePanels(): Record<string, grafanaData.PanelPlugin> {
  return Object.fromEntries(
    Object.entries(STAND_INS).map(([id, component]) => {
      const plugin = new grafanaData.PanelPlugin(component as unknown as ComponentType<grafanaData.PanelProps>);
      plugin.useFieldConfig({ useCustomConfig: () => undefined });
      plugin.meta = pluginMeta('panel', id) as grafanaData.PanelPluginMeta;
      return [id, plugin];
    })
  );
}
