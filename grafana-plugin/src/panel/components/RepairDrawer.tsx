import type { TimeZone } from '@grafana/schema';
import { Button, Drawer, LoadingPlaceholder } from '@grafana/ui';
import React, { useEffect, useRef } from 'react';
import type { Check, ExporterApi } from '../../datasource/api';
import type { Repairs } from '../hooks/useRepairs';
import { failureNotice } from '../model/notice';
import { REPAIR } from '../repair-texts';
import { Notices } from './Notices';
import { PlanList } from './PlanList';
import { PlanView } from './PlanView';

interface Props {
  readonly api: ExporterApi;
  readonly check: Check;
  readonly timeZone: TimeZone;
  readonly repairs: Repairs;
}

/** One plan, or those there are. */
export function RepairDrawer({ api, check, timeZone, repairs }: Props) {
  const { view } = repairs;
  const contents = useRef<HTMLDivElement>(null);
  const shown = `${view?.plan?.id} ${view?.doing}`;
  useEffect(() => {
    // what was pressed is gone, and a drawer that has lost the focus hears no Escape
    if (document.activeElement === document.body) {
      contents.current?.focus();
    }
  }, [shown]);
  if (view === null) {
    return null;
  }
  const { plan, doing, failure } = view;
  const lists = plan === null && doing === null;
  const title = plan === null ? REPAIR.title : plan.undo_of === null ? REPAIR.planTitle : REPAIR.undoTitle;
  return (
    <Drawer title={title} subtitle={check.name} size="lg" onClose={repairs.close}>
      <div ref={contents} tabIndex={-1}>
        {failure !== null && <Notices notices={[failureNotice(failure, REPAIR.failed)]} />}
        {!lists && (
          <Button size="sm" variant="secondary" fill="text" icon="arrow-left" onClick={repairs.list}>
            {REPAIR.backToList}
          </Button>
        )}
        {plan === null && doing !== null && <LoadingPlaceholder text={REPAIR.doing[doing]} />}
        {plan !== null && <PlanView view={{ ...view, plan }} timeZone={timeZone} repairs={repairs} />}
        {lists && <PlanList api={api} check={check} timeZone={timeZone} repairs={repairs} />}
      </div>
    </Drawer>
  );
}
