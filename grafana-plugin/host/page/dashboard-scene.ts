/** A provisioned dashboard as a scene: its variables, its panels in their places, their queries and transformations. */
import * as scenes from '@grafana/scenes';

interface Variable {
  readonly type: string;
  readonly name: string;
  readonly label: string;
  readonly query: string & Record<string, unknown>;
  readonly datasource: { type: string; uid: string };
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource: { type: string; uid: string };
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly targets?: Array<{ refId: string; datasource: { type: string; uid: string } }>;
  readonly options?: object;
  readonly fieldConfig?: { defaults?: Record<string, unknown>; overrides?: never[] };
  readonly transformations?: Array<{ id: string; options: object }>;
}

export interface DashboardJson {
  readonly title: string;
  readonly panels: Panel[];
  readonly templating: { readonly list: Variable[] };
}

export function sceneOf({ panels, templating }: DashboardJson): scenes.EmbeddedScene {
  return new scenes.EmbeddedScene({
    $timeRange: new scenes.SceneTimeRange({ from: 'now-3m', to: 'now' }),
    $variables: new scenes.SceneVariableSet({ variables: templating.list.map(variableOf) }),
    controls: [new scenes.VariableValueSelectors({}), new scenes.SceneControlsSpacer(), new scenes.SceneTimePicker({})],
    body: new scenes.SceneGridLayout({
      children: panels.map((panel) => (panel.type === 'row' ? rowOf(panel) : itemOf(panel))),
    }),
  });
}

function rowOf({ title, gridPos: { y } }: Panel): scenes.SceneGridRow {
  return new scenes.SceneGridRow({ title, y, children: [] });
}

function itemOf(panel: Panel): scenes.SceneGridItem {
  const { x, y, w, h } = panel.gridPos;
  return new scenes.SceneGridItem({ x, y, width: w, height: h, body: vizPanelOf(panel) });
}

function vizPanelOf({ id, type, title, options, fieldConfig, targets = [], transformations = [], datasource }: Panel) {
  const colors = type === 'timeseries' ? { color: { mode: 'palette-classic' } } : {};
  return new scenes.VizPanel({
    key: `panel-${id}`,
    title,
    pluginId: type,
    options: { ...options },
    fieldConfig: { overrides: fieldConfig?.overrides ?? [], defaults: { ...colors, ...fieldConfig?.defaults } },
    $data: new scenes.SceneDataTransformer({
      $data: new scenes.SceneQueryRunner({ datasource, queries: targets, maxDataPoints: 200 }),
      transformations,
    }),
  });
}

function variableOf(variable: Variable): scenes.SceneVariable {
  const { type, name, label, query } = variable;
  switch (type) {
    case 'datasource':
      return new scenes.DataSourceVariable({ name, label, pluginId: query });
    case 'textbox':
      return new scenes.TextBoxVariable({ name, label, value: query });
    case 'query': {
      const { datasource, multi: isMulti, includeAll, allValue } = variable;
      return new scenes.QueryVariable({
        ...{ name, label, datasource, query, isMulti, includeAll, defaultToAll: includeAll, allValue },
      });
    }
    default:
      throw new Error(`a variable of the type ${type}`);
  }
}
