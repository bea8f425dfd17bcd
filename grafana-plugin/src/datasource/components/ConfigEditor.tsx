import { type DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { Alert, InlineField, Input, SecretInput } from '@grafana/ui';
import React, { type ChangeEvent } from 'react';
import type { LockstepJsonData, LockstepSecureJsonData } from '../query';
import { CONFIG } from '../texts';

type Props = DataSourcePluginOptionsEditorProps<LockstepJsonData, LockstepSecureJsonData>;

const LABEL_WIDTH = 16;
const INPUT_WIDTH = 48;

/** Address and token. The token goes to Grafana's server and never comes back. */
export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonFields, secureJsonData } = options;
  const url = jsonData.exporterUrl ?? '';
  const wrong = urlProblem(url);
  const setUrl = ({ currentTarget }: ChangeEvent<HTMLInputElement>) =>
    // a slash at the end would double in the routes of the proxy
    onOptionsChange({
      ...options,
      jsonData: { ...jsonData, exporterUrl: currentTarget.value.trim().replace(/\/+$/, '') },
    });
  const setToken = ({ currentTarget }: ChangeEvent<HTMLInputElement>) =>
    onOptionsChange({ ...options, secureJsonData: { token: currentTarget.value } });
  const resetToken = () =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...secureJsonFields, token: false },
      secureJsonData: { token: '' },
    });
  return (
    <>
      <InlineField
        label={CONFIG.url}
        labelWidth={LABEL_WIDTH}
        tooltip={CONFIG.urlHelp}
        invalid={wrong !== null}
        error={wrong ?? ''}
      >
        <Input id="lockstep-url" width={INPUT_WIDTH} value={url} placeholder="http://lockstep:9464" onChange={setUrl} />
      </InlineField>
      <InlineField label={CONFIG.token} labelWidth={LABEL_WIDTH} tooltip={CONFIG.tokenHelp}>
        <SecretInput
          id="lockstep-token"
          width={INPUT_WIDTH}
          isConfigured={Boolean(secureJsonFields.token)}
          value={secureJsonData?.token ?? ''}
          onChange={setToken}
          onReset={resetToken}
        />
      </InlineField>
      <Alert severity="info" title={CONFIG.rolesTitle}>
        {CONFIG.roles}
      </Alert>
    </>
  );
}

function urlProblem(url: string): string | null {
  if (url === '') {
    return null;
  }
  try {
    const { protocol, pathname, username } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:') {
      return CONFIG.urlProtocol;
    }
    // whoever may see the data source may see its URL
    return username !== '' ? CONFIG.urlPassword : pathname === '/' ? null : CONFIG.urlPath;
  } catch {
    return CONFIG.urlProtocol;
  }
}
