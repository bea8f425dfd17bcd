import { type DataSourceInstanceSettings, type GrafanaTheme2 } from '@grafana/data';
import { getDataSourceSrv, PluginPage } from '@grafana/runtime';
import { Alert, LinkButton, LoadingPlaceholder, TextLink, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useEffect, useState } from 'react';
import { TEXTS } from './texts';

const DATASOURCE = 'lockstep-consistency-datasource';
const DASHBOARDS = [
  { uid: 'lockstep-overview', title: TEXTS.overview },
  { uid: 'lockstep-check', title: TEXTS.check },
  { uid: 'lockstep-jobs', title: TEXTS.jobs },
] as const;

/** Is everything connected, and where to go from here. */
export function AppPage() {
  const styles = useStyles2(getStyles);
  const sources = getDataSourceSrv().getList({ pluginId: DATASOURCE });
  return (
    <PluginPage>
      <p>{TEXTS.what}</p>
      <h3>{TEXTS.sources}</h3>
      {sources.length === 0 && (
        <Alert severity="info" title={TEXTS.noSource}>
          <LinkButton href="/connections/datasources/new">{TEXTS.addSource}</LinkButton>
        </Alert>
      )}
      {sources.map((settings) => (
        <SourceState key={settings.uid} settings={settings} />
      ))}
      <h3>{TEXTS.dashboards}</h3>
      <ul className={styles.list}>
        {DASHBOARDS.map(({ uid, title }) => (
          <li key={uid}>
            <TextLink href={`/d/${uid}`}>{title}</TextLink>
          </li>
        ))}
      </ul>
    </PluginPage>
  );
}

interface Answer {
  readonly ok: boolean;
  readonly message: string;
}

function SourceState({ settings }: { readonly settings: DataSourceInstanceSettings }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    let current = true;
    const tell = (ok: boolean, message: string) => current && setAnswer({ ok, message });
    getDataSourceSrv()
      .get({ uid: settings.uid })
      .then((datasource) => datasource.testDatasource())
      .then(
        ({ status, message }) => tell(status === 'success', message),
        (error: unknown) => tell(false, error instanceof Error ? error.message : String(error))
      );
    return () => {
      current = false;
    };
  }, [settings.uid]);
  if (answer === null) {
    return <LoadingPlaceholder text={`${settings.name} …`} />;
  }
  return (
    <Alert severity={answer.ok ? 'success' : 'error'} title={settings.name}>
      {answer.message}
    </Alert>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ paddingLeft: theme.spacing(3) }),
});
