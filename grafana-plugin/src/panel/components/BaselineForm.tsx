import { type GrafanaTheme2 } from '@grafana/data';
import { Button, Field, Input, TextArea, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useId, useRef, useState } from 'react';
import type { ExporterApi } from '../../datasource/api';
import { useAct } from '../hooks/useAct';
import { BASELINE } from '../texts';
import { ActStatus } from './ActStatus';

interface Props {
  readonly api: ExporterApi;
  readonly check: string;
  readonly onCreated: () => void;
}

/** Remembers the newest run of the check. */
export function BaselineForm({ api, check, onCreated }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const nameInput = useRef<HTMLInputElement>(null);
  const { state, act } = useAct(onCreated);
  const create = () => {
    // the button is about to be disabled, and a drawer that has lost the focus hears no Escape
    nameInput.current?.focus();
    const given = { check, name: name.trim(), ...(note.trim() === '' ? {} : { note: note.trim() }) };
    act(
      api.createBaseline(given).then((made) => {
        setName('');
        setNote('');
        return BASELINE.created(made.name);
      })
    );
  };
  return (
    <section aria-labelledby={`${id}-title`}>
      <h4 id={`${id}-title`}>{BASELINE.remember}</h4>
      <p className={styles.help}>{BASELINE.rememberHelp}</p>
      <Field label={BASELINE.name} required htmlFor={`${id}-name`}>
        <Input
          ref={nameInput}
          id={`${id}-name`}
          maxLength={100}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
      </Field>
      <Field label={BASELINE.note} htmlFor={`${id}-note`}>
        <TextArea
          id={`${id}-note`}
          rows={2}
          maxLength={1_000}
          value={note}
          onChange={({ currentTarget }) => setNote(currentTarget.value)}
        />
      </Field>
      <div className={styles.act}>
        <Button size="sm" disabled={name.trim() === '' || state.step === 'working'} onClick={create}>
          {BASELINE.create}
        </Button>
        <ActStatus state={state} />
      </div>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  help: css({ color: theme.colors.text.secondary }),
  act: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
});
