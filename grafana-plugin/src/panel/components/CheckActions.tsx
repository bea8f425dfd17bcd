import type { TimeZone } from '@grafana/schema';
import { Button } from '@grafana/ui';
import React, { useState } from 'react';
import type { Check, ExporterApi } from '../../datasource/api';
import { mayRepair, maySeeRows } from '../../datasource/role';
import { useAct } from '../hooks/useAct';
import type { RunState } from '../hooks/useRun';
import { REPAIR } from '../repair-texts';
import { BASELINE } from '../texts';
import { ActStatus } from './ActStatus';
import { BaselineDrawer } from './BaselineDrawer';
import { ReportButton } from './ReportButton';
import { RunButton } from './RunButton';

interface Props {
  readonly api: ExporterApi;
  readonly check: Check;
  readonly timeZone: TimeZone;
  readonly run: { readonly state: RunState; readonly start: () => void };
  readonly version: unknown;
  readonly onChanged: () => void;
  readonly onRepairs: () => void;
}

/** What can be done with a check as a whole. */
export function CheckActions({ api, check, timeZone, run, version, onChanged, onRepairs }: Props) {
  const reports = useAct();
  const [comparing, setComparing] = useState(false);
  const allowed = maySeeRows();
  return (
    <>
      <RunButton allowed={allowed} state={run.state} onRun={run.start}>
        <Button
          size="sm"
          variant="secondary"
          icon="history"
          disabled={!allowed}
          tooltip={allowed ? undefined : BASELINE.viewer}
          onClick={() => setComparing(true)}
        >
          {BASELINE.open}
        </Button>
        {check.sync && (
          <Button
            size="sm"
            variant="secondary"
            icon="process"
            disabled={!mayRepair()}
            tooltip={mayRepair() ? undefined : REPAIR.notAdmin}
            onClick={onRepairs}
          >
            {REPAIR.open}
          </Button>
        )}
        <ReportButton api={api} check={check.name} acting={reports} />
      </RunButton>
      <ActStatus state={reports.state} />
      {comparing && (
        <BaselineDrawer {...{ api, check, timeZone, version, onChanged }} onClose={() => setComparing(false)} />
      )}
    </>
  );
}
