/** Whether anybody would be told at all. */
import type { Group } from './rule.ts';

export const META: Group = {
  name: 'lockstep.meta',
  rules: [
    {
      alert: 'LockstepWatchdog',
      severity: 'none',
      layer: 'meta',
      expr: 'vector(1)',
      summary: 'Always firing',
      description: 'Sent to a heartbeat outside: when it stays away, nobody would hear of any alert.',
    },
    {
      alert: 'LockstepRulesFailing',
      severity: 'critical',
      layer: 'meta',
      expr: 'increase(prometheus_rule_evaluation_failures_total{rule_group=~".*;lockstep[.].*"}[5m]) > 0',
      for: '15m',
      summary: 'Prometheus cannot evaluate the rules of Lockstep',
      description: '{{ $value | printf "%.0f" }} failures within five minutes in {{ $labels.rule_group }}.',
    },
    {
      alert: 'LockstepNotificationsFailing',
      severity: 'critical',
      layer: 'meta',
      expr: `
  sum by (integration) (rate(alertmanager_notifications_failed_total[15m]))
/
  sum by (integration) (rate(alertmanager_notifications_total[15m]))
> 0.01`,
      for: '5m',
      summary: 'Alertmanager cannot notify through {{ $labels.integration }}',
      description: '{{ $value | humanizePercentage }} of the notifications fail.',
    },
  ],
};
