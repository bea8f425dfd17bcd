import { type GrafanaTheme2 } from '@grafana/data';
import { Alert, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Notice } from '../model/notice';

export function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  const styles = useStyles2(getStyles);
  return (
    <>
      {notices.map(({ severity, title, detail }) => (
        <Alert key={title} severity={severity} title={title} className={styles.notice}>
          {detail}
        </Alert>
      ))}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  notice: css({ marginBottom: 0, padding: theme.spacing(0.5, 1), overflowWrap: 'anywhere' }),
});
