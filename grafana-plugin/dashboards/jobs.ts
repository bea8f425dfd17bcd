/** What is on a schedule, and the process that does it. */
import { GraphDrawStyle, StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { FROM_NOW, graph, rows, stat, steps, timeline, yesAndNo } from './looks';
import { promql } from './promql';
import { skeleton } from './skeleton';
import { lockstep, now, overTime, PROMETHEUS } from './targets';

const HERE = promql`{instance=~"$instance"}`;
const runs = promql`${'lockstep_job_runs_total'}${HERE}`;
const runSeconds = promql`${'lockstep_job_duration_seconds_bucket'}${HERE}`;
const requests = promql`${'lockstep_http_request_duration_seconds_count'}${HERE}`;
const requestSeconds = promql`${'lockstep_http_request_duration_seconds_bucket'}${HERE}`;
/** Other Node processes have the same metrics. */
const OF_EXPORTERS = promql`and on (instance) ${'lockstep_build_info'}${HERE}`;

export function jobs(): Dashboard {
  return skeleton('lockstep-jobs', 'Lockstep jobs and exporter', 'What is on a schedule, and the process that does it.')
    .withVariable(instanceVariable())
    .withPanel(
      stat('Exporters answering', 'Lockstep exporters that Prometheus can scrape.')
        .thresholds(steps('red', [1, 'green']))
        .withTarget(now('A', promql`count(${'lockstep_build_info'}${HERE}) or vector(0)`))
    )
    .withPanel(
      stat('Configuration', 'Whether the configuration file was loaded without a problem the last time.')
        .mappings(yesAndNo('in force', 'refused, the one before is in force'))
        .withTarget(now('A', promql`min(${'lockstep_config_last_reload_successful'}${HERE})`))
    )
    .withPanel(
      stat('Jobs that fail', 'Jobs whose last run ended in an error: it could not look.')
        .thresholds(steps('green', [1, 'red']))
        .withTarget(
          now('A', promql`count(max by (job_name) (${'lockstep_job_consecutive_failures'}${HERE}) > 0) or vector(0)`)
        )
    )
    .withPanel(
      stat('Sources out of reach', 'Databases and services that could not be looked at the last time.')
        .thresholds(steps('green', [1, 'red']))
        .withTarget(now('A', promql`count(max by (source) (${'lockstep_source_up'}${HERE}) == 0) or vector(0)`))
    )
    .withPanel(
      stat('Ticks skipped, 24 h', 'The run before was still going on, or the tick came too late.')
        .decimals(0)
        .thresholds(steps('green', [1, 'orange']))
        .withTarget(now('A', promql`sum(increase(${'lockstep_job_skipped_total'}${HERE}[24h]))`))
    )
    .withPanel(
      stat('Violation files not written', 'Since the exporter started; its log says why.')
        .thresholds(steps('green', [1, 'red']))
        .withTarget(now('A', promql`sum(${'lockstep_violation_log_write_failures_total'}${HERE})`))
    )
    .withPanel(
      rows('Jobs', 'As the exporter tells them now.')
        .overrideByFieldType('time', FROM_NOW)
        .withTarget(lockstep('A', { queryType: 'jobs' }))
    )
    .withRow(new RowBuilder('Runs'))
    .withPanel(
      graph('Runs per hour by outcome', 'pass: nothing wrong, fail: violations, error: could not look.')
        .min(0)
        .drawStyle(GraphDrawStyle.Bars)
        .fillOpacity(60)
        .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
        .overrideByName('pass', colored('green'))
        .overrideByName('fail', colored('orange'))
        .overrideByName('error', colored('red'))
        .withTarget(overTime('A', promql`sum by (outcome) (increase(${runs}[1h]))`, '{{outcome}}'))
    )
    .withPanel(
      graph('How long runs take', 'What 95 of 100 runs of the last hour stayed below.')
        .unit('s')
        .min(0)
        .withTarget(
          overTime(
            'A',
            promql`histogram_quantile(0.95, sum by (job_name, le) (rate(${runSeconds}[1h])))`,
            '{{job_name}}'
          )
        )
    )
    .withPanel(
      graph('Since the last success', 'A job that climbs above its interval has stopped to look.')
        .unit('s')
        .min(0)
        .withTarget(
          overTime(
            'A',
            promql`time() - max by (job_name) (${'lockstep_job_last_success_timestamp_seconds'}${HERE})`,
            '{{job_name}}'
          )
        )
    )
    .withPanel(
      graph('Until the next run', 'Below zero: the run is late.')
        .unit('s')
        .withTarget(
          overTime(
            'A',
            promql`min by (job_name) (${'lockstep_job_next_run_timestamp_seconds'}${HERE}) - time()`,
            '{{job_name}}'
          )
        )
    )
    .withPanel(
      graph('Failures in a row', 'Runs in a row, up to the last one, that could not look.')
        .min(0)
        .decimals(0)
        .withTarget(
          overTime('A', promql`max by (job_name) (${'lockstep_job_consecutive_failures'}${HERE})`, '{{job_name}}')
        )
    )
    .withPanel(
      graph('Skipped ticks per hour', 'overlap: the run before was still going on. misfire: too late.')
        .min(0)
        .withTarget(
          overTime(
            'A',
            promql`sum by (job_name, reason) (increase(${'lockstep_job_skipped_total'}${HERE}[1h]))`,
            '{{job_name}}: {{reason}}'
          )
        )
    )
    .withRow(new RowBuilder('Exporter'))
    .withPanel(
      timeline('Sources', 'Whether the last attempt to look succeeded.')
        .mappings(yesAndNo('reached', 'out of reach'))
        .withTarget(overTime('A', promql`max by (source) (${'lockstep_source_up'}${HERE})`, '{{source}}'))
    )
    .withPanel(
      graph('Requests by answer', 'Of the exporter’s own API and pages, scrapes included.')
        .unit('reqps')
        .min(0)
        .withTarget(overTime('A', promql`sum by (status) (rate(${requests}[$__rate_interval]))`, '{{status}}'))
    )
    .withPanel(
      graph('How long requests take', 'What 95 of 100 requests stayed below, by route.')
        .unit('s')
        .min(0)
        .withTarget(
          overTime(
            'A',
            promql`histogram_quantile(0.95, sum by (route, le) (rate(${requestSeconds}[$__rate_interval])))`,
            '{{route}}'
          )
        )
    )
    .withPanel(
      graph('Memory', 'Resident memory of the process, and what its JavaScript heap uses of it.')
        .unit('bytes')
        .min(0)
        .withTarget(overTime('A', promql`process_resident_memory_bytes ${OF_EXPORTERS}`, '{{instance}} resident'))
        .withTarget(overTime('B', promql`nodejs_heap_size_used_bytes ${OF_EXPORTERS}`, '{{instance}} heap'))
    )
    .withPanel(
      graph('Processor', 'Share of one core.')
        .unit('percentunit')
        .min(0)
        .withTarget(
          overTime('A', promql`rate(process_cpu_seconds_total[$__rate_interval]) ${OF_EXPORTERS}`, '{{instance}}')
        )
    )
    .withPanel(
      graph('Event loop lag', 'How late the process comes to its next task, 99 of 100 times at most.')
        .unit('s')
        .min(0)
        .withTarget(overTime('A', promql`nodejs_eventloop_lag_p99_seconds ${OF_EXPORTERS}`, '{{instance}}'))
    )
    .build();
}

function colored(fixedColor: string): Array<{ id: string; value: unknown }> {
  return [{ id: 'color', value: { mode: 'fixed', fixedColor } }];
}

function instanceVariable(): QueryVariableBuilder {
  const query = promql`label_values(${'lockstep_build_info'}, instance)`.text;
  return new QueryVariableBuilder('instance')
    .label('Instance')
    .datasource(PROMETHEUS)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: 'All', value: '$__all' });
}
