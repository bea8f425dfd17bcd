/** Panels that look alike wherever they are: sizes, legends, thresholds, words for numbers. */
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TooltipDisplayMode,
  SortOrder,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { LOCKSTEP, PROMETHEUS } from './targets';

const STAT_HEIGHT = 4;
const GRAPH_HEIGHT = 8;

export function stat(title: string, description: string): Stat {
  return new Stat()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .height(STAT_HEIGHT)
    .span(4)
    .reduceOptions(lastValue())
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None);
}

export function graph(title: string, description: string): TimeSeries {
  return new TimeSeries()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .height(GRAPH_HEIGHT)
    .span(12)
    .lineWidth(2)
    .fillOpacity(5)
    .showPoints(VisibilityMode.Never)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

export function timeline(title: string, description: string): StateTimeline {
  return new StateTimeline()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .height(GRAPH_HEIGHT)
    .span(12)
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .fillOpacity(80)
    .legend(legend());
}

export function bars(title: string, description: string): BarGauge {
  return new BarGauge()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .height(GRAPH_HEIGHT)
    .span(12)
    .reduceOptions(lastValue());
}

export function rows(title: string, description: string): Table {
  return new Table().title(title).description(description).datasource(LOCKSTEP).height(GRAPH_HEIGHT).span(24);
}

export function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
}

export function steps(
  first: string,
  ...others: Array<readonly [value: number, color: string]>
): ThresholdsConfigBuilder {
  const all: Threshold[] = [{ value: null, color: first }, ...others.map(([value, color]) => ({ value, color }))];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}

/** The defaults of `thresholds`; a check with others has them in the panels that ask Lockstep. */
export const RATIO_STEPS = steps('red', [0.95, 'orange'], [0.99, 'green']);

export function drawnAs(mode: GraphThresholdsStyleMode): GraphThresholdsStyleConfigBuilder {
  return new GraphThresholdsStyleConfigBuilder().mode(mode);
}

/** 1 and 0 as words. */
export function yesAndNo(yes: string, no: string): ValueMapping[] {
  const options = { '1': { text: yes, color: 'green', index: 0 }, '0': { text: no, color: 'red', index: 1 } };
  return [{ type: MappingType.ValueToText, options }];
}

/** Times as `3 minutes ago` and `in 20 seconds`. */
export const FROM_NOW = [{ id: 'unit', value: 'dateTimeFromNow' }];

/** Of a frame of the Lockstep data source only these fields. */
export function only(...names: string[]): { id: string; options: { include: { names: string[] } } } {
  return { id: 'filterFieldsByName', options: { include: { names } } };
}
