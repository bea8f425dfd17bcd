import { DataSourcePlugin } from '@grafana/data';
import { ConfigEditor } from './components/ConfigEditor';
import { QueryEditor } from './components/QueryEditor';
import { LockstepDataSource } from './datasource';
import type { LockstepJsonData, LockstepQuery, LockstepSecureJsonData } from './query';

export const plugin = new DataSourcePlugin<LockstepDataSource, LockstepQuery, LockstepJsonData, LockstepSecureJsonData>(
  LockstepDataSource
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
