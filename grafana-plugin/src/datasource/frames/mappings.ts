/** How states and outcomes look in core panels: the colours that Grafana's own alert states have. */
import { type DataLink, type FieldConfig, MappingType, type ThresholdsConfig, ThresholdsMode } from '@grafana/data';
import type { Check } from '../api';

interface Look {
  readonly text: string;
  readonly color: string;
}

const STATUS: Readonly<Record<string, Look>> = {
  healthy: { text: 'healthy', color: 'green' },
  degraded: { text: 'degraded', color: 'orange' },
  critical: { text: 'critical', color: 'red' },
  unknown: { text: 'unknown', color: 'text' },
};

const OUTCOME: Readonly<Record<string, Look>> = {
  pass: { text: 'pass', color: 'green' },
  fail: { text: 'fail', color: 'orange' },
  error: { text: 'error', color: 'red' },
  running: { text: 'running', color: 'blue' },
};

export const STATUS_CONFIG = looks('Status', STATUS);
export const OUTCOME_CONFIG = looks('Outcome', OUTCOME);

export const RATIO_CONFIG = { unit: 'percentunit', decimals: 2, min: 0, max: 1 } as const satisfies FieldConfig;

/** Red below `degraded`, orange below `healthy`, green from there on, by the check's own thresholds. */
export function thresholdsOf({ thresholds }: Pick<Check, 'thresholds'>): ThresholdsConfig {
  return {
    mode: ThresholdsMode.Absolute,
    steps: [
      { value: -Infinity, color: 'red' },
      { value: thresholds.degraded, color: 'orange' },
      { value: thresholds.healthy, color: 'green' },
    ],
  };
}

/** Only what a browser opens as a page; a configuration could name anything. */
export function runbookLink({ runbook }: Pick<Check, 'runbook'>): DataLink[] {
  if (runbook === null || !/^https?:\/\//i.test(runbook)) {
    return [];
  }
  return [{ title: 'Runbook', url: runbook, targetBlank: true }];
}

/** The dashboard of one check, in the same time range. */
export function checkLink(check: string): DataLink {
  const name = encodeURIComponent(check);
  return { title: 'Open the check', url: `/d/lockstep-check?var-check=${name}&\${__url_time_range}` };
}

function looks(displayName: string, all: Readonly<Record<string, Look>>): FieldConfig {
  return { displayName, mappings: [{ type: MappingType.ValueToText, options: { ...all } }] };
}
