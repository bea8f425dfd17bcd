/** Every check at one look: which agree, which do not, which cannot be told. */
import { GraphThresholdsStyleMode, LineStyleBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { budgetLeft, burnRate } from './budget';
import { bars, drawnAs, FROM_NOW, graph, only, RATIO_STEPS, rows, stat, steps, timeline, yesAndNo } from './looks';
import { couldLook, fresh, freshest, freshestTotal, held, promql } from './promql';
import { linkToCheck, objectiveVariable, skeleton } from './skeleton';
import { lockstep, now, nowAsTable, overTime, PROMETHEUS } from './targets';

const ratio = freshest(promql`${'lockstep_check_consistency_ratio'}`);
const open = freshestTotal(promql`${'lockstep_check_violations'}{state="open"}`);
const oldestAge = promql`time() - ${freshest(promql`${'lockstep_check_oldest_violation_timestamp_seconds'}`)}`;
/** A check that is switched off is not one that cannot look. */
const looked = promql`${couldLook()} and on (check) ${'lockstep_check_enabled'} == 1`;
const firing = promql`ALERTS{alertname=~"Lockstep.+", alertstate="firing"}`;

const dashed = [{ id: 'custom.lineStyle', value: new LineStyleBuilder().fill('dash').dash([8, 8]).build() }];

export function overview(): Dashboard {
  return skeleton(
    'lockstep-overview',
    'Lockstep overview',
    'Every check: which agree, which do not, which cannot be told.'
  )
    .withVariable(objectiveVariable())
    .withPanel(
      stat('Lowest consistency', 'Of the checks that could look at their last run.')
        .unit('percentunit')
        .decimals(2)
        .thresholds(RATIO_STEPS)
        .withTarget(now('A', promql`min(${fresh(ratio)})`))
    )
    .withPanel(
      stat('Open violations', 'Of all checks, exact numbers; those of a check that cannot look are held.')
        .thresholds(steps('green', [1, 'orange']))
        .withTarget(now('A', promql`sum(${open})`))
    )
    .withPanel(
      stat('Oldest violation', 'How long the violation that is open for longest has been followed.')
        .unit('s')
        .noValue('none')
        .withTarget(now('A', promql`max(${oldestAge})`))
    )
    .withPanel(
      stat('Checks that cannot look', 'Their numbers are those of the last time they could.')
        .thresholds(steps('green', [1, 'red']))
        .withTarget(now('A', promql`count((${looked}) == 0) or vector(0)`))
    )
    .withPanel(
      stat('Alerts firing', 'Alerts of Prometheus whose name begins with Lockstep.')
        .thresholds(steps('green', [1, 'red']))
        .withTarget(now('A', promql`count(${firing}) or vector(0)`))
    )
    .withPanel(
      stat('Exporters answering', 'Lockstep exporters that Prometheus can scrape.')
        .thresholds(steps('red', [1, 'green']))
        .withTarget(now('A', promql`count(${'lockstep_build_info'}) or vector(0)`))
    )
    .withPanel(
      rows('Checks', 'As the exporter tells them now. A check leads to its own dashboard.')
        .withTarget(lockstep('A', { queryType: 'checks' }))
        .withTransformation(
          only('check', 'status', 'consistency_ratio', 'violations', 'held', 'last_check', 'oldest_violation', 'owner')
        )
        .overrideByFieldType('time', FROM_NOW)
        .overrideByName('check', [{ id: 'links', value: [linkToCheck('${__value.raw:percentencode}')] }])
        .overrideByName('status', [{ id: 'custom.cellOptions', value: { type: 'color-text' } }])
        .overrideByName('consistency_ratio', [
          { id: 'thresholds', value: RATIO_STEPS.build() },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ])
    )
    .withRow(new RowBuilder('Over time'))
    .withPanel(
      graph('Consistency', 'Consistent keys of the keys checked. Dashed: held, because the source cannot be looked at.')
        .unit('percentunit')
        .max(1)
        .thresholds(RATIO_STEPS)
        .thresholdsStyle(drawnAs(GraphThresholdsStyleMode.Dashed))
        .withTarget(overTime('A', fresh(ratio), '{{check}}'))
        .withTarget(overTime('B', held(ratio), '{{check}} (held)'))
        .overrideByQuery('B', dashed)
        .dataLinks([checkLink()])
    )
    .withPanel(
      graph('Open violations by check', 'Exact numbers. Dashed: held, because the source cannot be looked at.')
        .min(0)
        .decimals(0)
        .withTarget(overTime('A', fresh(open), '{{check}}'))
        .withTarget(overTime('B', held(open), '{{check}} (held)'))
        .overrideByQuery('B', dashed)
        .dataLinks([checkLink()])
    )
    .withPanel(
      graph('Age of the oldest violation', 'Since it was first seen. A line that only climbs is one that nobody mends.')
        .unit('s')
        .min(0)
        .withTarget(overTime('A', oldestAge, '{{check}}'))
        .dataLinks([checkLink()])
    )
    .withPanel(
      timeline('Could look', 'Whether the last run of a check could look. While it could not, its numbers are held.')
        .mappings(yesAndNo('looked', 'could not look'))
        .withTarget(overTime('A', looked, '{{check}}'))
    )
    .withRow(new RowBuilder('Error budget'))
    .withPanel(
      bars(
        'Error budget left',
        'Of the dashboard’s time range, against the objective above. Empty: the objective was missed.'
      )
        .unit('percentunit')
        .decimals(1)
        .min(0)
        .max(1)
        .thresholds(steps('red', [0.1, 'orange'], [0.5, 'green']))
        .withTarget(now('A', budgetLeft(), '{{check}}'))
    )
    .withPanel(
      graph(
        'Burn rate',
        'How many times faster than allowed the budget was used, over the last hour. 1 is just allowed.'
      )
        .min(0)
        .thresholds(steps('transparent', [1, 'orange'], [14.4, 'red']))
        .thresholdsStyle(drawnAs(GraphThresholdsStyleMode.Dashed))
        .withTarget(overTime('A', burnRate(), '{{check}}'))
    )
    .withPanel(
      rows('Alerts that fire', 'Alerts of Prometheus whose name begins with Lockstep.')
        .datasource(PROMETHEUS)
        .height(6)
        .noValue('No alert fires')
        .withTarget(nowAsTable('A', promql`sum by (alertname, check, job_name, severity) (${firing})`))
    )
    .build();
}

function checkLink(): DashboardLinkBuilder {
  const { title, url } = linkToCheck('${__field.labels.check}');
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}
