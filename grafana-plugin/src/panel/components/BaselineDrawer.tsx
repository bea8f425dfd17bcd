import type { TimeZone } from '@grafana/schema';
import { Combobox, Drawer, Field, LoadingPlaceholder } from '@grafana/ui';
import React, { useCallback, useId, useState } from 'react';
import type { BaselineDocument, Check, ExporterApi } from '../../datasource/api';
import { useAnswer } from '../hooks/useAnswer';
import { timeText } from '../model/format';
import { failureNotice } from '../model/notice';
import { BASELINE } from '../texts';
import { BaselineForm } from './BaselineForm';
import { ComparisonView } from './ComparisonView';
import { Notices } from './Notices';

interface Props {
  readonly api: ExporterApi;
  readonly check: Check;
  readonly timeZone: TimeZone;
  /** another value reads everything again */
  readonly version: unknown;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** What has changed since a remembered run, and a way to remember the newest one. */
export function BaselineDrawer({ api, check, timeZone, version, onChanged, onClose }: Props) {
  const id = useId();
  const { answer: baselines, failure } = useAnswer(
    useCallback(() => api.baselines(check.name), [api, check.name]),
    version
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const onCreated = useCallback(() => {
    setChosen(null);
    onChanged();
  }, [onChanged]);
  const current = baselines?.find((baseline) => baseline.current) ?? baselines?.[0];
  const shown = chosen ?? current?.id;
  return (
    <Drawer title={BASELINE.title} subtitle={check.name} size="md" onClose={onClose}>
      {failure !== null && <Notices notices={[failureNotice(failure, BASELINE.failed)]} />}
      {baselines === null && failure === null && <LoadingPlaceholder text={BASELINE.loading} />}
      {baselines?.length === 0 && <p>{BASELINE.none}</p>}
      {shown !== undefined && (
        <>
          <Field label={BASELINE.compareWith} htmlFor={id}>
            <Combobox
              id={id}
              options={(baselines ?? []).map((baseline) => optionOf(baseline, timeZone))}
              value={shown}
              onChange={({ value }) => setChosen(value)}
            />
          </Field>
          <ComparisonView key={shown} {...{ api, check, timeZone, version }} baseline={shown} />
        </>
      )}
      <BaselineForm api={api} check={check.name} onCreated={onCreated} />
    </Drawer>
  );
}

function optionOf({ id, name, note, created_at: at, created_by: by }: BaselineDocument, timeZone: TimeZone) {
  const who = BASELINE.by(by, timeText(at, timeZone));
  return { value: id, label: `${name} (${who})`, ...(note === null ? {} : { description: note }) };
}
