import { type GrafanaTheme2 } from '@grafana/data';
import { Button, Field, TextArea, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useId, useState } from 'react';
import type { Plan } from '../../datasource/api';
import { writesOf, writesText } from '../model/plan';
import { REPAIR } from '../repair-texts';

interface Props {
  readonly plan: Plan;
  readonly onSubmit: (reason: string) => void;
  readonly onCancel: () => void;
}

/** Says how many rows of which tables are about to be written, and asks why. */
export function ApplyForm({ plan, onSubmit, onCancel }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const [reason, setReason] = useState('');
  return (
    <section className={styles.form} aria-labelledby={`${id}-what`}>
      <p id={`${id}-what`}>{REPAIR.confirm(writesText(plan))}</p>
      <Field label={REPAIR.applyReason} description={REPAIR.applyReasonHelp} required htmlFor={`${id}-reason`}>
        <TextArea
          id={`${id}-reason`}
          rows={2}
          maxLength={1_000}
          autoFocus
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </Field>
      <div className={styles.buttons}>
        <Button size="sm" variant="destructive" disabled={reason.trim() === ''} onClick={() => onSubmit(reason.trim())}>
          {REPAIR.applyNow(writesOf(plan).length)}
        </Button>
        <Button size="sm" variant="secondary" fill="outline" onClick={onCancel}>
          {REPAIR.cancel}
        </Button>
      </div>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({
    padding: theme.spacing(1.5),
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
  }),
  buttons: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
