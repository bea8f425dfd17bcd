/**
 * Shares the packages of this bundle with plugins through SystemJS, as Grafana's own loader does
 * (public/app/features/plugins/loader).
 */
import * as emotionCss from '@emotion/css';
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUi from '@grafana/ui';
import React from 'react';
import * as reactNamespace from 'react';
import * as rxjs from 'rxjs';

interface SystemJs {
  set(id: string, module: object): void;
  addImportMap(map: { imports: Record<string, string> }): void;
  import(url: string): Promise<Record<string, unknown>>;
}
declare const System: SystemJs;

const SHARED: Readonly<Record<string, object>> = {
  '@emotion/css': emotionCss,
  '@grafana/data': grafanaData,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUi,
  react: { ...reactNamespace, default: React },
  rxjs,
};

export function sharePackages(): void {
  const imports: Record<string, string> = {};
  for (const [id, module] of Object.entries(SHARED)) {
    imports[id] = `package:${id}`;
    System.set(`package:${id}`, { ...module });
  }
  System.addImportMap({ imports });
}

/** The `plugin` that a built module.js exports. */
export async function loadPlugin<T>(id: string): Promise<T> {
  const module = await System.import(`/public/plugins/${id}/module.js`);
  return module['plugin'] as T;
}
