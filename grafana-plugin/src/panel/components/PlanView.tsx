import { type GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { Button, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useRef, useState } from 'react';
import type { Plan } from '../../datasource/api';
import { useNow } from '../hooks/useNow';
import type { Repairs, RepairView } from '../hooks/useRepairs';
import { ageText, countText, timeText } from '../model/format';
import { settled, writesOf } from '../model/plan';
import { PLAN_STATE_TEXTS, REPAIR } from '../repair-texts';
import { ApplyForm } from './ApplyForm';
import { Facts } from './Facts';
import { PlanRows } from './PlanRows';

interface Props {
  readonly view: RepairView & { readonly plan: Plan };
  readonly timeZone: TimeZone;
  readonly repairs: Repairs;
}

/** What would be written, or was; and what can be done about it. */
export function PlanView({ view: { plan, doing, result }, timeZone, repairs }: Props) {
  const styles = useStyles2(getStyles);
  const now = useNow(1_000);
  const [asking, setAsking] = useState(false);
  const status = useRef<HTMLSpanElement>(null);
  const act = (work: () => void) => {
    setAsking(false);
    // what was pressed goes or is disabled, and a drawer that has lost the focus hears no Escape
    status.current?.focus();
    work();
  };
  const expired = plan.state === 'planned' && Date.parse(plan.expires_at) <= now;
  const writes = writesOf(plan).length;
  const ready = plan.state === 'planned' && !expired && writes > 0;
  const message = doing === null ? result : messageOf(doing, plan);
  return (
    <div className={styles.plan}>
      <Facts compact facts={factsOf(plan, timeZone, now)} />
      {expired && <p className={styles.hint}>{REPAIR.expiredHelp}</p>}
      {plan.state === 'planned' && writes === 0 && <p className={styles.hint}>{REPAIR.nothingToWrite}</p>}
      <div className={styles.acts}>
        {ready && (
          <>
            <Button
              size="sm"
              variant="secondary"
              icon="repeat"
              disabled={doing !== null}
              onClick={() => act(() => repairs.tryOut(plan))}
            >
              {REPAIR.dryRun}
            </Button>
            <Button size="sm" icon="edit" disabled={doing !== null || asking} onClick={() => setAsking(true)}>
              {REPAIR.apply}
            </Button>
          </>
        )}
        {isOver(plan) && plan.counts.written > 0 && (
          <Button
            size="sm"
            variant="secondary"
            icon="history"
            disabled={doing !== null}
            onClick={() => act(() => repairs.undo(plan))}
          >
            {REPAIR.undo}
          </Button>
        )}
        <span ref={status} role="status" tabIndex={-1} className={styles.result}>
          {message}
        </span>
      </div>
      {asking && ready && (
        <ApplyForm
          plan={plan}
          onCancel={() => setAsking(false)}
          onSubmit={(reason) => act(() => repairs.apply(plan, reason))}
        />
      )}
      <PlanRows plan={plan} />
    </div>
  );
}

function isOver({ state }: Plan): boolean {
  return state === 'applied' || state === 'interrupted';
}

function messageOf(doing: NonNullable<RepairView['doing']>, plan: Plan): string {
  return doing === 'applying' && plan.state === 'applying'
    ? REPAIR.progress(settled(plan), plan.rows.length)
    : REPAIR.doing[doing];
}

function factsOf(plan: Plan, timeZone: TimeZone, now: number) {
  const { counts, applied_at: at, applied_by: by, reason } = plan;
  // what a dry run has written is still to be written
  const over = plan.state !== 'planned';
  const who = (name: string, when: string) => `${name}, ${timeText(when, timeZone)}`;
  const left = (Date.parse(plan.expires_at) - now) / 1_000;
  const count = (label: string, value: number) => (value === 0 ? [] : [{ label, value: countText(value) }]);
  return [
    { label: REPAIR.columns.state, value: PLAN_STATE_TEXTS[plan.state] },
    ...count(REPAIR.planned, counts.planned + counts.writing + (over ? 0 : counts.written)),
    ...count(REPAIR.written, over ? counts.written : 0),
    ...count(REPAIR.skipped, counts.skipped),
    ...count(REPAIR.failedRows, counts.failed),
    { label: REPAIR.made, value: who(plan.created_by, plan.created_at) },
    ...(plan.state === 'planned'
      ? [{ label: REPAIR.expires, value: left > 0 ? REPAIR.expiresIn(ageText(left)) : REPAIR.expired }]
      : []),
    ...(at === null || by === null ? [] : [{ label: REPAIR.applied, value: who(by, at) }]),
    ...(reason === null ? [] : [{ label: REPAIR.reason, value: reason }]),
  ];
}

const getStyles = (theme: GrafanaTheme2) => ({
  plan: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5), marginTop: theme.spacing(1) }),
  acts: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  hint: css({ margin: 0, color: theme.colors.warning.text }),
  result: css({ color: theme.colors.text.secondary, overflowWrap: 'anywhere' }),
});
