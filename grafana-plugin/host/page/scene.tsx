/**
 * Stands in for a Grafana dashboard: a provisioned JSON, rendered by @grafana/scenes with the built panel and data source
 * and a real Prometheus. The address names Prometheus (`prometheus`); the JSON is in `window.__dashboard`.
 */
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as scenes from '@grafana/scenes';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { initPluginTranslations } from '@grafana/i18n';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import * as rxjs from 'rxjs';
import { corePanels } from './core-panels';
import { type DashboardJson, sceneOf } from './dashboard-scene';
import { loadPlugin, sharePackages } from './loader';
import { PrometheusSource } from './prometheus-source';
import { installRuntime, instanceSettings, pluginMeta } from './runtime';

type Setters = Record<string, (value: unknown) => void>;
interface DataSourcePlugin {
  DataSourceClass: new (settings: grafanaData.DataSourceInstanceSettings) => grafanaData.DataSourceApi;
}
interface SceneWindow {
  __dashboard: DashboardJson;
  __grafanaSceneContext?: scenes.SceneObject;
  __panels?: () => PanelState[];
}
interface PanelState {
  readonly title: string;
  readonly state: string | undefined;
  readonly errors: string[];
  readonly rows: number;
}

const runtime = grafanaRuntime as unknown as Setters;
const sceneWindow = window as unknown as SceneWindow;

async function main(): Promise<void> {
  await initPluginTranslations('grafana');
  const { theme } = installRuntime();
  sharePackages();
  const [panel, plugin] = await Promise.all([
    loadPlugin<grafanaData.PanelPlugin>('lockstep-violations-panel'),
    loadPlugin<DataSourcePlugin>('lockstep-consistency-datasource'),
  ]);
  panel.meta = pluginMeta('panel', 'lockstep-violations-panel') as grafanaData.PanelPluginMeta;
  installSources(plugin);
  installTransformations();
  const panels: Record<string, grafanaData.PanelPlugin> = { ...corePanels(), 'lockstep-violations-panel': panel };
  runtime['setPluginImportUtils']?.({
    importPanelPlugin: async (id: string) => panels[id],
    getPanelPluginFromCache: (id: string) => panels[id],
  });
  const scene = sceneOf(sceneWindow.__dashboard);
  Object.assign(window, { __grafanaSceneContext: scene, __panels: () => statesOf(scene) });
  scene.activate();
  const page = { ...{ padding: 16, minHeight: '100vh', display: 'flex' }, background: theme.colors.background.canvas };
  createRoot(document.getElementById('root') as HTMLElement).render(
    <grafanaData.ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <MemoryRouter>
        <main style={{ ...page, color: theme.colors.text.primary }}>
          <scene.Component model={scene} />
        </main>
      </MemoryRouter>
      <PortalContainer />
    </grafanaData.ThemeContext.Provider>
  );
}

/** The two that the dashboards' variables choose from. */
function installSources({ DataSourceClass }: DataSourcePlugin): void {
  const lockstep = instanceSettings();
  const prometheus = {
    ...{ id: 2, uid: 'prometheus', type: 'prometheus', name: 'Prometheus', access: 'proxy', readOnly: false },
    ...{ jsonData: {}, meta: pluginMeta('datasource', 'prometheus'), isDefault: true },
  } as unknown as grafanaData.DataSourceInstanceSettings;
  const address = new URLSearchParams(location.search).get('prometheus') ?? '';
  const settings = [lockstep, prometheus];
  const sources = [new DataSourceClass(lockstep), new PrometheusSource(prometheus, address)];
  const indexOf = (ref: string | { uid?: string } | null | undefined, scopedVars?: grafanaData.ScopedVars) => {
    const asked = grafanaRuntime.getTemplateSrv().replace(typeof ref === 'string' ? ref : (ref?.uid ?? ''), scopedVars);
    return settings.findIndex(({ uid, name }) => uid === asked || name === asked);
  };
  runtime['setDataSourceSrv']?.({
    get: async (ref: string, scopedVars: grafanaData.ScopedVars) => sources[indexOf(ref, scopedVars)],
    getInstanceSettings: (ref: string, scopedVars: grafanaData.ScopedVars) => settings[indexOf(ref, scopedVars)],
    getList: ({ pluginId }: { pluginId?: string } = {}) =>
      settings.filter(({ type }) => !pluginId || type === pluginId),
    reload() {},
  });
  runtime['setTemplateSrv']?.({
    getVariables: () => [],
    containsTemplate: (text?: string) => /\$|\[\[/.test(text ?? ''),
    updateTimeRange() {},
    replace: (text?: string, scopedVars?: grafanaData.ScopedVars, format?: string) => {
      const context = sceneWindow.__grafanaSceneContext;
      return context ? scenes.sceneGraph.interpolate(context, text, scopedVars, format) : (text ?? '');
    },
  });
  runtime['setEchoSrv']?.({ addEvent() {}, addBackend() {}, flush() {} });
  runtime['setRunRequest']?.(runRequest);
}

function runRequest(source: grafanaData.DataSourceApi, request: grafanaData.DataQueryRequest) {
  const told = { request, timeRange: request.range, series: [] };
  return rxjs.from(source.query(request)).pipe(
    rxjs.map(({ data }) => ({ ...told, state: grafanaData.LoadingState.Done, series: data, structureRev: 1 })),
    rxjs.catchError((error: Error) =>
      rxjs.of({ ...told, state: grafanaData.LoadingState.Error, errors: [{ message: String(error) }] })
    ),
    rxjs.startWith({ ...told, state: grafanaData.LoadingState.Loading })
  );
}

function installTransformations(): void {
  const registry = grafanaData.standardTransformersRegistry as unknown as { setInit(init: () => object[]): void };
  // one is listed under two names, and a registry takes an id once
  const all = new Set(Object.values(grafanaData.standardTransformers));
  registry.setInit(() =>
    [...all].map((transformer) => ({
      ...{ id: transformer.id, name: transformer.name, editor: () => null },
      transformation: async () => transformer,
    }))
  );
}

/** What each panel that asks for something was given. */
function statesOf(scene: scenes.EmbeddedScene): PanelState[] {
  const found = scenes.sceneGraph.findAllObjects(scene, (one) => one instanceof scenes.VizPanel) as scenes.VizPanel[];
  return found.map((panel) => {
    const { data } = scenes.sceneGraph.getData(panel).state;
    return {
      title: panel.state.title,
      state: data?.state,
      errors: (data?.errors ?? []).map(({ message }) => message ?? ''),
      rows: (data?.series ?? []).reduce((all, { length }) => all + length, 0),
    };
  });
}

Object.assign(window, {
  __start: () =>
    main().catch((error: unknown) => {
      console.error(error);
      document.body.append(
        `The page failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
      );
    }),
});
