/** Stand-ins for what Grafana's core gives its packages at start: settings, requests, data sources, events. */
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as rxjs from 'rxjs';
import { DATASOURCE_UID, SETTINGS } from './settings';

/** The setters differ in type from line to line; what they are given here is the same. */
type Setters = Record<string, (value: unknown) => void>;
interface Registry {
  setInit(init: () => object[]): void;
}

/** Their editors live in Grafana's core; only the ids matter here, to compute defaults of options. */
const EDITORS =
  'text number slider boolean select multi-select radio color fieldColor unit links actions mappings thresholds strings timezone stats-picker field-name dashboard-uid';
const FIELD_EDITORS =
  'unit min max decimals displayName noValue color links mappings thresholds filterable fieldMinMax actions';

export function installRuntime(): { theme: grafanaData.GrafanaTheme2; bus: grafanaData.EventBusSrv } {
  const theme = grafanaData.createTheme({ colors: { mode: SETTINGS.theme } });
  const { config } = grafanaRuntime;
  config.theme2 = theme;
  config.bootData.user.orgRole = SETTINGS.role;
  const registries = grafanaData as unknown as Record<
    'standardEditorsRegistry' | 'standardFieldConfigEditorRegistry',
    Registry
  >;
  registries.standardEditorsRegistry.setInit(() =>
    EDITORS.split(' ').map((id) => ({ id, name: id, editor: () => null }))
  );
  registries.standardFieldConfigEditorRegistry.setInit(() => FIELD_EDITORS.split(' ').map(fieldEditor));
  const bus = new grafanaData.EventBusSrv();
  const set = grafanaRuntime as unknown as Setters;
  set['setAppEvents']?.(bus);
  set['setTemplateSrv']?.({
    replace: (template?: string) => template ?? '',
    getVariables: () => [],
    containsTemplate: () => false,
    updateTimeRange() {},
  });
  set['setBackendSrv']?.({ fetch: (request: grafanaRuntime.BackendSrvRequest) => rxjs.defer(() => send(request)) });
  return { theme, bus };
}

function fieldEditor(id: string) {
  return {
    id,
    path: id,
    name: id,
    editor: () => null,
    override: () => null,
    process: (value: unknown) => value,
    settings: {},
    shouldApply: () => true,
  };
}

/** As Grafana's BackendSrv: what is not 2xx is thrown with its status and body. */
async function send(config: grafanaRuntime.BackendSrvRequest): Promise<object> {
  let response: Response;
  try {
    response = await fetch(new URL(config.url, location.origin), {
      method: config.method ?? 'GET',
      headers: { 'content-type': 'application/json', 'x-host-role': SETTINGS.role },
      ...(config.data === undefined ? {} : { body: JSON.stringify(config.data) }),
    });
  } catch (error) {
    throw { status: 0, statusText: String(error), data: {}, config };
  }
  const text = await response.text();
  const { ok, status, statusText, headers, redirected, type, url } = response;
  const answer = { ok, status, statusText, headers, redirected, type, url, config, data: parsed(text) };
  if (!ok) {
    throw answer;
  }
  return answer;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function installDataSource(datasource: object, settings: object): void {
  const set = grafanaRuntime as unknown as Setters;
  set['setDataSourceSrv']?.({
    get: async () => datasource,
    getInstanceSettings: () => settings,
    getList: () => [settings],
    reload() {},
  });
}

export function instanceSettings(): grafanaData.DataSourceInstanceSettings {
  const type = 'lockstep-consistency-datasource';
  const settings = {
    ...{ id: 1, uid: DATASOURCE_UID, type, name: 'Lockstep', access: 'proxy', readOnly: false },
    jsonData: { exporterUrl: 'http://lockstep:9464' },
    meta: pluginMeta('datasource', type),
    url: `/api/datasources/proxy/uid/${DATASOURCE_UID}`,
  };
  return settings as unknown as grafanaData.DataSourceInstanceSettings;
}

export function pluginMeta(type: string, id: string): object {
  return { id, type, name: id, info: { version: '0.0.0', logos: { small: '', large: '' } }, module: '', baseUrl: '' };
}
