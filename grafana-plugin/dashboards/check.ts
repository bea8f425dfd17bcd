/** One check: its violations row by row, then how it came to be so. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  GraphThresholdsStyleMode,
  GraphTransform,
  LineStyleBuilder,
  StackingConfigBuilder,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type AnnotationQuery,
  AnnotationQueryBuilder,
  type AnnotationTarget,
  type Dashboard,
  PanelBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DEFAULT_OPTIONS } from '../src/panel/options';
import type { LockstepQuery } from '../src/datasource/query';
import { budgetLeft } from './budget';
import { drawnAs, graph, only, RATIO_STEPS, stat, steps, timeline, yesAndNo } from './looks';
import { couldLook, fresh, freshest, freshestByKind, freshestTotal, held, promql } from './promql';
import { checkVariable, objectiveVariable, skeleton } from './skeleton';
import { LOCKSTEP, lockstep, now, overTime } from './targets';

const OF_CHECK = promql`{check="$check"}`;
const ratio = freshest(promql`${'lockstep_check_consistency_ratio'}${OF_CHECK}`);
const baseline = freshest(promql`${'lockstep_check_baseline_consistency_ratio'}${OF_CHECK}`);
const OPEN = promql`${'lockstep_check_violations'}{check="$check", state="open"}`;
const KNOWN = promql`${'lockstep_check_violations'}{check="$check", state="known"}`;
const oldest = freshest(promql`${'lockstep_check_oldest_violation_timestamp_seconds'}${OF_CHECK}`);
const oldestAge = promql`time() - ${oldest}`;
/** As long as a shift has to react; the pace is that of the last hour. */
const forecast = freshestTotal(promql`predict_linear(${OPEN}[1h], 6 * 3600)`);
const runSeconds = promql`${'lockstep_job_duration_seconds_bucket'}{job_name="$check"}`;

const grey = { id: 'color', value: { mode: 'fixed', fixedColor: 'text' } };
const dashed = { id: 'custom.lineStyle', value: new LineStyleBuilder().fill('dash').dash([8, 8]).build() };

export function check(): Dashboard {
  return skeleton('lockstep-check', 'Lockstep check', 'One check: its violations row by row, and how it came to be so.')
    .withVariable(checkVariable())
    .withVariable(objectiveVariable())
    .annotation(events())
    .withPanel(
      new PanelBuilder()
        .type('lockstep-violations-panel')
        .title('Violations of $check')
        .description('The state of the check, and the rows that violate it. Rows are for Editors and Admins.')
        .datasource(LOCKSTEP)
        .span(24)
        .height(22)
        .withTarget(lockstep('A', { queryType: 'status', check: '$check' }))
        .options({ ...DEFAULT_OPTIONS })
    )
    .withRow(new RowBuilder('Numbers'))
    .withPanel(
      stat('Looked', 'Whether the last run could look. If not, the other numbers are held.')
        .mappings(yesAndNo('looked', 'held'))
        .withTarget(now('A', couldLook(OF_CHECK)))
    )
    .withPanel(
      stat('Consistency now', 'Consistent keys of the keys checked, at the last run that could look.')
        .unit('percentunit')
        .decimals(2)
        .thresholds(RATIO_STEPS)
        .withTarget(now('A', ratio))
    )
    .withPanel(
      stat('Open', 'Violations that are open, exactly.')
        .thresholds(steps('green', [1, 'orange']))
        .withTarget(now('A', freshestTotal(OPEN)))
    )
    .withPanel(
      stat('Oldest', 'How long the violation that is open for longest has been followed.')
        .unit('s')
        .noValue('none')
        .withTarget(now('A', oldestAge))
    )
    .withPanel(
      stat('Error budget left', 'Of the dashboard’s time range, against the objective above.')
        .unit('percentunit')
        .decimals(1)
        .thresholds(steps('red', [0.1, 'orange'], [0.5, 'green']))
        .withTarget(now('A', budgetLeft(OF_CHECK)))
    )
    .withPanel(
      stat('Since the last look', 'Since a run last finished that could look.')
        .unit('s')
        .withTarget(now('A', promql`time() - max(${'lockstep_job_last_success_timestamp_seconds'}{job_name="$check"})`))
    )
    .withRow(new RowBuilder('Over time'))
    .withPanel(
      graph(
        'Consistency',
        'Dashed: held, because the source cannot be looked at. Grey: the baseline, once there is one.'
      )
        .unit('percentunit')
        .max(1)
        .thresholds(RATIO_STEPS)
        .thresholdsStyle(drawnAs(GraphThresholdsStyleMode.Dashed))
        .withTarget(overTime('A', fresh(ratio), 'consistency'))
        .withTarget(overTime('B', held(ratio), 'held'))
        .withTarget(overTime('C', baseline, 'baseline'))
        .overrideByQuery('B', [dashed])
        .overrideByQuery('C', [grey, dashed])
    )
    .withPanel(
      graph('Violations by kind', 'Exact numbers. Known ones were accepted on purpose.')
        .min(0)
        .decimals(0)
        .fillOpacity(30)
        .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
        .withTarget(overTime('A', freshestByKind(OPEN), '{{kind}}'))
        .withTarget(overTime('B', freshestTotal(KNOWN), 'known'))
        .overrideByQuery('B', [grey])
    )
    .withPanel(
      graph('Violations, and where they go', 'Dashed: how many there would be in 6 hours at the pace of the last hour.')
        .min(0)
        .decimals(0)
        .withTarget(overTime('A', freshestTotal(OPEN), 'open'))
        .withTarget(overTime('B', fresh(promql`clamp_min(${forecast}, 0)`), 'in 6 hours'))
        .overrideByQuery('B', [dashed])
    )
    .withPanel(
      graph('New against resolved', 'Violations that opened (up) and that were resolved (down), run by run.')
        .datasource(LOCKSTEP)
        .decimals(0)
        .drawStyle(GraphDrawStyle.Bars)
        .fillOpacity(80)
        .withTarget(lockstep('A', { queryType: 'history', check: '$check' }))
        .withTransformation(only('time', 'opened', 'resolved'))
        .overrideByName('opened', [
          { id: 'displayName', value: 'new' },
          { id: 'color', value: { mode: 'fixed', fixedColor: 'orange' } },
        ])
        .overrideByName('resolved', [
          { id: 'displayName', value: 'resolved' },
          { id: 'color', value: { mode: 'fixed', fixedColor: 'green' } },
          { id: 'custom.transform', value: GraphTransform.NegativeY },
        ])
    )
    .withPanel(
      graph('Age of the oldest violation', 'Since it was first seen. A line that only climbs is one that nobody mends.')
        .unit('s')
        .min(0)
        .withTarget(overTime('A', oldestAge, 'oldest'))
    )
    .withPanel(
      graph('How long runs take', 'The last run, and what 95 of 100 runs of the last hour stayed below.')
        .unit('s')
        .min(0)
        .withTarget(
          overTime('A', promql`max(${'lockstep_job_last_run_duration_seconds'}{job_name="$check"})`, 'last run')
        )
        .withTarget(overTime('B', promql`histogram_quantile(0.95, sum by (le) (rate(${runSeconds}[1h])))`, '95 of 100'))
    )
    .withPanel(
      timeline('Status', 'Run by run.')
        .datasource(LOCKSTEP)
        .span(24)
        .height(5)
        .withTarget(lockstep('A', { queryType: 'runs', check: '$check' }))
        .withTransformation(only('time', 'status', 'outcome'))
    )
    .build();
}

/** Marks on every graph: the status changed, a run could not look, something was deployed. */
function events(): Builder<AnnotationQuery> {
  const query: Omit<LockstepQuery, 'limit'> & AnnotationTarget = {
    refId: 'events',
    queryType: 'runs',
    check: '$check',
    events: ['status_changes', 'failed_runs', 'deployments'],
    // what the SDK's type asks for, as Grafana writes it for sources that do not use it
    limit: 100,
    matchAny: false,
    tags: [],
    type: 'dashboard',
  };
  return new AnnotationQueryBuilder()
    .name('Status changes, failed runs and deployments')
    .datasource(LOCKSTEP)
    .enable(true)
    .iconColor('orange')
    .target({ build: () => query });
}
