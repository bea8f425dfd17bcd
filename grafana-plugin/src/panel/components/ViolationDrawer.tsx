import { type GrafanaTheme2, type TimeRange } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import {
  Badge,
  Button,
  ClipboardButton,
  Drawer,
  LinkButton,
  LoadingPlaceholder,
  TextLink,
  useStyles2,
} from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check, ExporterApi, ViolationDetail } from '../../datasource/api';
import { useViolation } from '../hooks/useViolation';
import { keyText } from '../model/format';
import { failureNotice } from '../model/notice';
import { isLink, knownText } from '../model/known';
import { REPAIR } from '../repair-texts';
import { DRAWER, KNOWN } from '../texts';
import { CurrentRows } from './CurrentRows';
import { Life } from './Life';
import { Notices } from './Notices';
import { SidesTable } from './SidesTable';
import { StateBadge } from './StateBadge';

interface Props {
  readonly api: ExporterApi;
  readonly id: string;
  readonly check: Check;
  readonly timeZone: TimeZone;
  readonly timeRange: TimeRange;
  /** another value reads the violation again */
  readonly version: unknown;
  readonly onClose: () => void;
  /** null: nobody may, or nothing can */
  readonly onRepair: (() => void) | null;
}

export function ViolationDrawer({ api, id, check, timeZone, timeRange, version, onClose, onRepair }: Props) {
  const { answer: detail, failure } = useViolation(api, id, version);
  return (
    <Drawer title={detail ? keyText(detail, check) : DRAWER.title} subtitle={check.name} size="md" onClose={onClose}>
      {detail === null && failure === null && <LoadingPlaceholder text={DRAWER.loading} />}
      {failure !== null && <Notices notices={[failureNotice(failure, DRAWER.failed)]} />}
      {detail && <Contents {...{ detail, check, timeZone, timeRange, onRepair }} />}
    </Drawer>
  );
}

interface ContentsProps extends Pick<Props, 'check' | 'timeZone' | 'timeRange' | 'onRepair'> {
  readonly detail: ViolationDetail;
}

function Contents({ detail, check, timeZone, timeRange, onRepair }: ContentsProps) {
  const styles = useStyles2(getStyles);
  const range = `from=${timeRange.from.valueOf()}&to=${timeRange.to.valueOf()}`;
  const runbook = check.runbook !== null && /^https?:\/\//i.test(check.runbook) ? check.runbook : null;
  return (
    <div className={styles.contents}>
      <div className={styles.row}>
        <StateBadge violation={detail} timeZone={timeZone} />
        <Badge text={detail.kind} color="blue" />
        <span>{DRAWER.seen(detail.times_seen)}</span>
      </div>
      {detail.known && (
        <p className={styles.known}>
          {knownText(detail.known, timeZone)}
          {detail.known.ticket !== null && isLink(detail.known.ticket) && (
            <TextLink href={detail.known.ticket} external inline>
              {KNOWN.ticket}
            </TextLink>
          )}
        </p>
      )}
      <div className={styles.row}>
        {onRepair !== null && detail.state !== 'resolved' && (
          <Button size="sm" icon="process" onClick={onRepair}>
            {REPAIR.preview}
          </Button>
        )}
        <ClipboardButton size="sm" variant="secondary" icon="copy" getText={() => keyText(detail, check)}>
          {DRAWER.copy}
        </ClipboardButton>
        <LinkButton
          size="sm"
          variant="secondary"
          icon="chart-line"
          href={`/d/lockstep-check?var-check=${encodeURIComponent(check.name)}&${range}`}
        >
          {DRAWER.history}
        </LinkButton>
        {runbook !== null && (
          <LinkButton
            size="sm"
            variant="secondary"
            icon="book"
            href={runbook}
            target="_blank"
            rel="noopener noreferrer"
          >
            {DRAWER.runbook}
          </LinkButton>
        )}
      </div>
      <h4>{DRAWER.sides}</h4>
      <SidesTable detail={detail} check={check} />
      <h4>{DRAWER.life}</h4>
      <Life life={detail.life} check={check} timeZone={timeZone} />
      <h4>{DRAWER.rows}</h4>
      <CurrentRows current={detail.current} reason={detail.current_error} />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  contents: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5) }),
  known: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), margin: 0, overflowWrap: 'anywhere' }),
  row: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
});
