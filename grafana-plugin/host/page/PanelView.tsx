/** One panel on a dashboard: queries, applies overrides as Grafana does, and hands over what came. */
import * as grafanaData from '@grafana/data';
import { ErrorBoundaryAlert, PanelChrome } from '@grafana/ui';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { DATASOURCE_UID, SETTINGS } from './settings';

type Panel = grafanaData.PanelPlugin<Record<string, unknown>>;
type Source = grafanaData.DataSourceApi;

interface Props {
  readonly panel: Panel;
  readonly source: Source;
  readonly theme: grafanaData.GrafanaTheme2;
  readonly bus: grafanaData.EventBusSrv;
}

export function PanelView({ panel, source, theme, bus }: Props) {
  const [options, setOptions] = useState(() => optionsOf(panel));
  const { data, refresh } = usePanelData(panel, source, theme);
  const width = SETTINGS.width ?? document.documentElement.clientWidth - 32;
  useEffect(() => {
    Object.assign(window, { __host: { refresh } });
    const timer = SETTINGS.refreshSeconds > 0 ? setInterval(refresh, SETTINGS.refreshSeconds * 1_000) : undefined;
    return () => clearInterval(timer);
  }, [refresh]);
  const Component = panel.panel;
  return (
    <ErrorBoundaryAlert>
      <PanelChrome title="Violations" width={width} height={SETTINGS.height} loadingState={data.state}>
        {(innerWidth: number, innerHeight: number) =>
          Component && (
            <Component
              {...{ id: 1, data, options, title: 'Violations', transparent: false, renderCounter: 0, eventBus: bus }}
              {...{ width: innerWidth, height: innerHeight, timeRange: data.timeRange, timeZone: SETTINGS.timeZone }}
              fieldConfig={{ defaults: {}, overrides: [] }}
              onOptionsChange={setOptions}
              onFieldConfigChange={() => undefined}
              onChangeTimeRange={() => undefined}
              replaceVariables={(template: string) => template}
            />
          )
        }
      </PanelChrome>
    </ErrorBoundaryAlert>
  );
}

interface DefaultsOf {
  getPanelOptionsWithDefaults(input: object): { options: Record<string, unknown> };
}

function optionsOf(plugin: Panel): Record<string, unknown> {
  const { getPanelOptionsWithDefaults } = grafanaData as unknown as DefaultsOf;
  const currentFieldConfig = { defaults: {}, overrides: [] };
  return getPanelOptionsWithDefaults({
    plugin,
    currentOptions: SETTINGS.options,
    currentFieldConfig,
    isAfterPluginChange: false,
  }).options;
}

function usePanelData(panel: Panel, source: Source, theme: grafanaData.GrafanaTheme2) {
  const timeRange = useMemo(() => grafanaData.getDefaultTimeRange(), []);
  const [asked, setAsked] = useState(0);
  const refresh = useCallback(() => setAsked((before) => before + 1), []);
  const [data, setData] = useState<grafanaData.PanelData>({
    state: grafanaData.LoadingState.Loading,
    series: [],
    timeRange,
  });
  useEffect(() => {
    let current = true;
    const request = requestOf(timeRange);
    const tell = (part: Partial<grafanaData.PanelData> & Pick<grafanaData.PanelData, 'state'>) =>
      current && setData({ series: [], request, timeRange, ...part });
    Promise.resolve(source.query(request) as Promise<grafanaData.DataQueryResponse>).then(
      ({ data: frames }) => tell({ state: grafanaData.LoadingState.Done, series: overridden(frames, panel, theme) }),
      (error: unknown) => tell({ state: grafanaData.LoadingState.Error, errors: [{ message: String(error) }] })
    );
    return () => {
      current = false;
    };
  }, [asked, panel, source, theme, timeRange]);
  return { data, refresh };
}

function overridden(
  data: grafanaData.DataFrame[],
  panel: Panel,
  theme: grafanaData.GrafanaTheme2
): grafanaData.DataFrame[] {
  const fieldConfig = { defaults: {}, overrides: [] };
  const { fieldConfigRegistry } = panel;
  return grafanaData.applyFieldOverrides({
    ...{ data, fieldConfig, theme, timeZone: SETTINGS.timeZone, fieldConfigRegistry },
    replaceVariables: (template: string) => template,
  });
}

function requestOf(range: grafanaData.TimeRange): grafanaData.DataQueryRequest {
  const { queryType, check } = SETTINGS;
  const datasource = { type: 'lockstep-consistency-datasource', uid: DATASOURCE_UID };
  const targets = [{ refId: 'A', datasource, queryType, ...(check === '' ? {} : { check }) }];
  return {
    ...{ app: 'dashboard', requestId: 'Q1', timezone: SETTINGS.timeZone, range, interval: '1m', intervalMs: 60_000 },
    ...{ maxDataPoints: 500, startTime: Date.now(), scopedVars: {}, targets },
  } as grafanaData.DataQueryRequest;
}
