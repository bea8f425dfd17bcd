/** What happened, as marks on a graph: a check's status changed, a run could not look, something was deployed. */
import { type AnnotationSupport, createDataFrame, type DataFrame, FieldType } from '@grafana/data';
import type { Deployment, Run } from './api';
import { millis } from './frames/checks';
import { EVENT_TYPES, type EventType, type LockstepQuery } from './query';

export const annotationSupport: AnnotationSupport<LockstepQuery> = {
  prepareQuery: ({ target }) =>
    target ? { ...target, queryType: 'runs', events: target.events ?? EVENT_TYPES } : undefined,
  getDefaultQuery: () => ({ queryType: 'runs', events: EVENT_TYPES }),
};

interface Mark {
  readonly time: number;
  readonly title: string;
  readonly text: string;
  readonly tags: string[];
}

/** Both newest first, as the API lists them. */
export interface Happened {
  readonly runs: readonly Run[];
  readonly deployments: readonly Deployment[];
}

export function eventsFrame(
  refId: string,
  check: string,
  { runs, deployments }: Happened,
  events: readonly EventType[]
): DataFrame {
  const marks = [...marksOf(check, [...runs].reverse(), events), ...deployments.map(deploymentMark)];
  marks.sort((a, b) => a.time - b.time);
  return createDataFrame({
    refId,
    name: check,
    fields: [
      { name: 'time', type: FieldType.time, values: marks.map(({ time }) => time), config: {} },
      { name: 'title', type: FieldType.string, values: marks.map(({ title }) => title), config: {} },
      { name: 'text', type: FieldType.string, values: marks.map(({ text }) => text), config: {} },
      { name: 'tags', type: FieldType.other, values: marks.map(({ tags }) => tags), config: {} },
    ],
  });
}

function marksOf(check: string, runs: readonly Run[], events: readonly EventType[]): Mark[] {
  const marks: Mark[] = [];
  let before: Run['status'] = null;
  for (const run of runs) {
    const time = millis(run.finished_at ?? run.started_at) ?? 0;
    const tags = ['lockstep', check];
    if (run.outcome === 'error' && events.includes('failed_runs')) {
      marks.push({
        time,
        title: `${check} could not look`,
        text: escapeHtml(run.error ?? ''),
        tags: [...tags, 'error'],
      });
    }
    const changed = before !== null && run.status !== null && run.status !== before;
    if (changed && events.includes('status_changes')) {
      const text = `${String(run.result?.inconsistent ?? 'unknown')} violations`;
      marks.push({ time, title: `${check}: ${before} → ${run.status}`, text, tags: [...tags, String(run.status)] });
    }
    before = run.status ?? before;
  }
  return marks;
}

function deploymentMark({ at, name, version, stage, note, by }: Deployment): Mark {
  const where = stage === null ? '' : ` to ${stage}`;
  return {
    time: millis(at) ?? 0,
    title: escapeHtml(`${version === null ? name : `${name} ${version}`} deployed${where}`),
    text: escapeHtml(note === null ? by : `${note} (${by})`),
    tags: ['lockstep', 'deployment', ...(stage === null ? [] : [stage])],
  };
}

/** Grafana renders title and text of an annotation as HTML; a database's message may quote a value. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
