/** Stands in for Grafana: loads the built plugin through the same loader and shows one of its faces. */
import * as grafanaData from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { initPluginTranslations } from '@grafana/i18n';
import { type ComponentType, type ReactNode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import { loadPlugin, sharePackages } from './loader';
import { PanelView } from './PanelView';
import { installDataSource, installRuntime, instanceSettings, pluginMeta } from './runtime';
import { SETTINGS } from './settings';

type Editor = ComponentType<Record<string, unknown>>;
interface DataSourcePlugin {
  DataSourceClass: new (settings: grafanaData.DataSourceInstanceSettings) => grafanaData.DataSourceApi;
  components: { ConfigEditor: Editor; QueryEditor: Editor };
}

async function main(): Promise<void> {
  await initPluginTranslations('grafana');
  const { theme, bus } = installRuntime();
  sharePackages();
  const [panel, plugin, app] = await Promise.all([
    loadPlugin<grafanaData.PanelPlugin<Record<string, unknown>>>('lockstep-violations-panel'),
    loadPlugin<DataSourcePlugin>('lockstep-consistency-datasource'),
    loadPlugin<{ root: Editor }>('lockstep-consistency-app'),
  ]);
  panel.meta = pluginMeta('panel', 'lockstep-violations-panel') as grafanaData.PanelPluginMeta;
  const settings = instanceSettings();
  const source = new plugin.DataSourceClass(settings);
  installDataSource(source, settings);
  const { ConfigEditor, QueryEditor } = plugin.components;
  const views: Record<typeof SETTINGS.view, () => ReactNode> = {
    panel: () => <PanelView {...{ panel, source, theme, bus }} />,
    app: () => <app.root />,
    config: () => <ConfigView editor={ConfigEditor} />,
    query: () => <QueryView editor={QueryEditor} datasource={source} />,
  };
  const page = {
    padding: 16,
    minHeight: '100vh',
    background: theme.colors.background.canvas,
    color: theme.colors.text.primary,
  };
  createRoot(document.getElementById('root') as HTMLElement).render(
    <grafanaData.ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <MemoryRouter>
        <main style={page}>{views[SETTINGS.view]()}</main>
      </MemoryRouter>
      <PortalContainer />
    </grafanaData.ThemeContext.Provider>
  );
}

function ConfigView({ editor: ConfigEditor }: { readonly editor: Editor }) {
  const [options, setOptions] = useState<object>({ jsonData: {}, secureJsonFields: {}, secureJsonData: {} });
  return <ConfigEditor options={options} onOptionsChange={setOptions} />;
}

function QueryView({ editor: QueryEditor, datasource }: { readonly editor: Editor; readonly datasource: object }) {
  const [query, setQuery] = useState<object>({ refId: 'A', queryType: SETTINGS.queryType });
  return (
    <>
      <QueryEditor datasource={datasource} query={query} onChange={setQuery} onRunQuery={() => undefined} />
      <pre aria-label="query">{JSON.stringify(query, null, 2)}</pre>
    </>
  );
}

function failed(error: unknown): void {
  console.error(error);
  document.body.append(
    `The host page failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  );
}

// SystemJS' AMD part defines window.define; it loads after this bundle, or UMD packages in here would register as AMD
Object.assign(window, { __start: () => main().catch(failed) });
