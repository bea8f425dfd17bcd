/** What the dashboards have in common: their variables, their links to each other, their times. */
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { LockstepVariableQuery } from '../src/datasource/query';
import { LOCKSTEP } from './targets';

const TAG = 'lockstep';

export function skeleton(uid: string, title: string, description: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .id(null)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .editable()
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(toOthers())
    .withVariable(new DatasourceVariableBuilder('exporter').label('Exporter').type('lockstep-consistency-datasource'))
    .withVariable(new DatasourceVariableBuilder('prometheus').label('Prometheus').type('prometheus'));
}

/** The other dashboards by their tag, in the same time range and with the same variables. */
function toOthers(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Lockstep')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(false)
    .includeVars(true)
    .keepTime(true);
}

/** Asked of the exporter: a check is there before Prometheus has scraped it. */
export function checkVariable(): QueryVariableBuilder {
  const query: LockstepVariableQuery = { refId: 'check', values: 'checks' };
  return new QueryVariableBuilder('check')
    .label('Check')
    .datasource(LOCKSTEP)
    .query({ ...query })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(false)
    .includeAll(false);
}

/** The share of keys that must agree; the rest is the error budget. */
export function objectiveVariable(): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder('objective')
    .label('Objective')
    .defaultValue('0.99')
    .current({ selected: true, text: '0.99', value: '0.99' });
}

/** A row or a line about one check leads to its dashboard. */
export function linkToCheck(check: string): { title: string; url: string } {
  const kept = '${__url_time_range}&${exporter:queryparam}&${prometheus:queryparam}';
  return { title: 'Open the check', url: `/d/lockstep-check?var-check=${check}&${kept}` };
}
