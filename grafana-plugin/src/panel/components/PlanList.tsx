import { type GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { Button, LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useCallback } from 'react';
import type { Check, ExporterApi, PlanSummary } from '../../datasource/api';
import { useAnswer } from '../hooks/useAnswer';
import type { Repairs } from '../hooks/useRepairs';
import { countText, timeText } from '../model/format';
import { failureNotice } from '../model/notice';
import { outcomesText, settled } from '../model/plan';
import { PLAN_STATE_TEXTS, REPAIR, rowsText } from '../repair-texts';
import { Notices } from './Notices';

interface Props {
  readonly api: ExporterApi;
  readonly check: Check;
  readonly timeZone: TimeZone;
  readonly repairs: Repairs;
}

/** The newest plans of a check, and a way to make one of everything that is open. */
export function PlanList({ api, check, timeZone, repairs }: Props) {
  const styles = useStyles2(getStyles);
  const { answer: plans, failure } = useAnswer(
    useCallback(() => api.plans(check.name), [api, check.name]),
    null
  );
  const { made, by, state, rows, reason, open } = REPAIR.columns;
  return (
    <>
      <p className={styles.help}>{REPAIR.help}</p>
      <Button size="sm" icon="eye" onClick={() => repairs.preview()}>
        {REPAIR.previewAll(countText(check.sync?.max_rows))}
      </Button>
      <h4 className={styles.title}>{REPAIR.recent}</h4>
      {failure !== null && <Notices notices={[failureNotice(failure, REPAIR.listFailed)]} />}
      {plans === null && failure === null && <LoadingPlaceholder text={REPAIR.loading} />}
      {plans?.length === 0 && <p>{REPAIR.none}</p>}
      {plans !== null && plans.length > 0 && (
        <div className={styles.scroll} role="region" tabIndex={0} aria-label={REPAIR.recent}>
          <table className={styles.plans}>
            <thead>
              <tr>
                {[made, by, state, rows, reason, open].map((header) => (
                  <th key={header} scope="col">
                    {header}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {plans.map((plan) => (
                <tr key={plan.id}>
                  <td>
                    <time dateTime={plan.created_at}>{timeText(plan.created_at, timeZone)}</time>
                  </td>
                  <td>{plan.applied_by ?? plan.created_by}</td>
                  <td>{stateText(plan)}</td>
                  <td>{countsText(plan)}</td>
                  <td>{plan.reason ?? '–'}</td>
                  <td>
                    <Button
                      size="sm"
                      fill="text"
                      icon="eye"
                      aria-label={REPAIR.openPlan(timeText(plan.created_at, timeZone))}
                      onClick={() => repairs.open(plan.id)}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function stateText({ state, undo_of: undoOf }: PlanSummary): string {
  return `${PLAN_STATE_TEXTS[state]}${undoOf === null ? '' : ` (${REPAIR.undoOf})`}`;
}

function countsText(plan: PlanSummary): string {
  const { planned, writing } = plan.counts;
  return plan.state === 'planned' ? rowsText(planned + writing + settled(plan)) : outcomesText(plan);
}

const getStyles = (theme: GrafanaTheme2) => ({
  help: css({ color: theme.colors.text.secondary }),
  title: css({ marginTop: theme.spacing(3) }),
  scroll: css({ overflow: 'auto' }),
  plans: css({
    width: '100%',
    th: { fontWeight: 'normal', color: theme.colors.text.secondary, textAlign: 'left' },
    'th, td': { padding: theme.spacing(0.5, 1), borderBottom: `1px solid ${theme.colors.border.weak}` },
    td: { overflowWrap: 'anywhere' },
    time: { whiteSpace: 'nowrap' },
  }),
});
