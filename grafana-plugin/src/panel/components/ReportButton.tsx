import { Button, Dropdown, Menu } from '@grafana/ui';
import React from 'react';
import type { ExporterApi, ReportKind } from '../../datasource/api';
import type { Acting } from '../hooks/useAct';
import { fileName, saveFile } from '../saved-file';
import { REPORT } from '../texts';

interface Props {
  readonly api: ExporterApi;
  readonly check: string;
  readonly acting: Acting;
}

const KINDS: readonly ReportKind[] = ['daily', 'weekly', 'stabilization'];

/**
 * A report becomes a file. A link through the proxy would open it under Grafana's own address, where a page can do
 * whatever its reader can.
 */
export function ReportButton({ api, check, acting }: Props) {
  const save = (kind: ReportKind) =>
    acting.act(
      api.report(kind, check).then((html) => {
        const name = fileName([kind, check], 'html', new Date());
        saveFile(name, 'text/html;charset=utf-8', html);
        return REPORT.saved(name);
      })
    );
  const menu = (
    <Menu>
      {KINDS.map((kind) => (
        <Menu.Item
          key={kind}
          label={REPORT.kinds[kind]}
          description={REPORT.windows[kind]}
          icon="download-alt"
          onClick={() => save(kind)}
        />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu}>
      <Button size="sm" variant="secondary" icon="document-info" disabled={acting.state.step === 'working'}>
        {REPORT.open}
      </Button>
    </Dropdown>
  );
}
