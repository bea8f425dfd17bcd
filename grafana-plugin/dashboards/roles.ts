/** The role system: whether its roles are right, and whether its API and its database answer in time. */
import { GraphThresholdsStyleMode, StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { THRESHOLDS } from '../../exporter/src/alerts/thresholds';
import { drawnAs, FROM_NOW, graph, only, RATIO_STEPS, rows, stat, steps, timeline, yesAndNo } from './looks';
import { couldLook, freshest, freshestByKind, freshestTotal, promql, type Promql } from './promql';
import { linkToCheck, skeleton } from './skeleton';
import { lockstep, now, overTime } from './targets';

/** The names that the alerts know them by: exporter/src/alerts/roles.ts. */
const ALL = promql`{check=~"roles_.+"}`;
const API = promql`{check="roles_api"}`;
const LOOKUP = promql`{check="roles_lookup_time"}`;
const QUERY = promql`{check="roles_query_time"}`;
const OPEN = promql`${'lockstep_check_violations'}{check=~"roles_.+", state="open"}`;

/** Those of the alerts, of which only types can be had here: other numbers do not compile. */
type Alarm = Pick<(typeof THRESHOLDS)['roles'], 'apiSeconds' | 'lookupSeconds' | 'querySeconds' | 'uptime'>;
const ALARM: Alarm = { apiSeconds: 5, lookupSeconds: 1, querySeconds: 0.5, uptime: 0.99 };
const ERRORS: (typeof THRESHOLDS)['roleErrors'] = { warning: 0.02, critical: 0.05 };

/** What is aimed at, in seconds; beyond the second number somebody is told. */
const API_STEPS = steps('green', [2, 'orange'], [ALARM.apiSeconds, 'red']);
const LOOKUP_STEPS = steps('green', [0.5, 'orange'], [ALARM.lookupSeconds, 'red']);
const QUERY_STEPS = steps('green', [0.1, 'orange'], [ALARM.querySeconds, 'red']);

const seconds = (selector: Promql): Promql => freshest(promql`${'lockstep_check_latency_seconds'}${selector}`);
const open = freshestTotal(OPEN);
const ratio = freshest(promql`${'lockstep_check_consistency_ratio'}${ALL}`);

/** Numerator and denominator are summed apart, as in the alerts. */
function errorShare(window: Promql): Promql {
  const wrong = promql`sum(increase(${'lockstep_check_rows_inconsistent_total'}${API}[${window}]))`;
  const asked = promql`sum(increase(${'lockstep_check_rows_evaluated_total'}${API}[${window}]))`;
  return promql`${wrong} / (${asked} > 0)`;
}

export function roles(): Dashboard {
  return skeleton(
    'lockstep-roles',
    'Lockstep role system',
    'Whether roles are assigned as they must be, and whether the API and the database before them answer in time.'
  )
    .withPanel(
      stat('Open violations', 'Of all checks of the role system, exact numbers.')
        .thresholds(steps('green', [1, 'orange']))
        .withTarget(now('A', promql`sum(${open})`))
    )
    .withPanel(
      stat('API response time', 'How long the slowest answer of the last run took.')
        .unit('s')
        .thresholds(API_STEPS)
        .withTarget(now('A', seconds(API)))
    )
    .withPanel(
      stat('Role look-up time', 'How long it takes to look up the roles of a user.')
        .unit('s')
        .thresholds(LOOKUP_STEPS)
        .withTarget(now('A', seconds(LOOKUP)))
    )
    .withPanel(
      stat('Query time', 'How long the database takes to answer.')
        .unit('s')
        .thresholds(QUERY_STEPS)
        .withTarget(now('A', seconds(QUERY)))
    )
    .withPanel(
      stat('Uptime, 24 h', 'The share of probes of the API that succeeded in the last 24 hours.')
        .unit('percentunit')
        .decimals(2)
        .thresholds(steps('red', [ALARM.uptime, 'orange'], [0.999, 'green']))
        .withTarget(now('A', promql`1 - ${errorShare(promql`1d`)}`))
    )
    .withPanel(
      stat('Error rate, 1 h', 'The share of probes of the API that failed in the last hour.')
        .unit('percentunit')
        .decimals(2)
        .thresholds(steps('green', [ERRORS.warning, 'orange'], [ERRORS.critical, 'red']))
        .withTarget(now('A', errorShare(promql`1h`)))
    )
    .withPanel(
      rows('Checks', 'As the exporter tells them now. A check leads to its own dashboard, and to its rows.')
        .height(14)
        .withTarget(lockstep('A', { queryType: 'checks' }))
        .withTransformation({
          id: 'filterByValue',
          options: {
            type: 'include',
            match: 'all',
            // by the name that is shown: the transformation knows no other
            filters: [{ fieldName: 'Check', config: { id: 'regex', options: { value: '^roles_' } } }],
          },
        })
        .withTransformation(
          only('check', 'status', 'consistency_ratio', 'violations', 'held', 'last_check', 'oldest_violation')
        )
        .overrideByFieldType('time', FROM_NOW)
        .overrideByName('check', [{ id: 'links', value: [linkToCheck('${__value.raw:percentencode}')] }])
        .overrideByName('status', [{ id: 'custom.cellOptions', value: { type: 'color-text' } }])
        .overrideByName('consistency_ratio', [
          { id: 'thresholds', value: RATIO_STEPS.build() },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ])
    )
    .withRow(new RowBuilder('API and database'))
    .withPanel(slowness('API response time over time', API, API_STEPS))
    .withPanel(slowness('Role look-up time over time', LOOKUP, LOOKUP_STEPS))
    .withPanel(slowness('Query time over time', QUERY, QUERY_STEPS))
    .withPanel(
      graph('Error rate', 'The share of probes of the API that failed, over the hour before.')
        .unit('percentunit')
        .min(0)
        // while nothing fails, the axis would reach up to 10,000 %
        .axisSoftMax(2 * ERRORS.critical)
        .thresholds(steps('transparent', [ERRORS.warning, 'orange'], [ERRORS.critical, 'red']))
        .thresholdsStyle(drawnAs(GraphThresholdsStyleMode.Dashed))
        .withTarget(overTime('A', errorShare(promql`1h`), 'failed'))
    )
    .withRow(new RowBuilder('Roles'))
    .withPanel(
      graph('Violations by check', 'Exact numbers.')
        .min(0)
        .decimals(0)
        .fillOpacity(30)
        .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
        .withTarget(overTime('A', open, '{{check}}'))
    )
    .withPanel(
      graph('Violations by kind', 'Exact numbers.')
        .min(0)
        .decimals(0)
        .withTarget(overTime('A', promql`sum by (kind) (${freshestByKind(OPEN)})`, '{{kind}}'))
    )
    .withPanel(
      timeline('Agreement', 'The share of keys that were right: green from 99 %, orange from 95 %, red below.')
        .height(12)
        .thresholds(RATIO_STEPS)
        .withTarget(overTime('A', ratio, '{{check}}'))
    )
    .withPanel(
      timeline('Could look', 'Whether the last run of a check could look. While it could not, its numbers are held.')
        .height(12)
        .mappings(yesAndNo('looked', 'could not look'))
        .withTarget(overTime('A', couldLook(ALL), '{{check}}'))
    )
    .build();
}

function slowness(title: string, selector: Promql, thresholds: ReturnType<typeof steps>): ReturnType<typeof graph> {
  return graph(title, 'Dashed: what is aimed at, and from where somebody is told.')
    .unit('s')
    .min(0)
    .thresholds(thresholds)
    .thresholdsStyle(drawnAs(GraphThresholdsStyleMode.Dashed))
    .withTarget(overTime('A', seconds(selector), '{{check}}'));
}
