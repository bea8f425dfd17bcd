import type { DataSourceRef } from '@grafana/schema';
import { getDataSourceSrv } from '@grafana/runtime';
import { useEffect, useState } from 'react';
import type { ExporterApi } from '../../datasource/api';

/** What the panel uses of its data source, which is loaded apart from the panel. */
export interface LockstepSource {
  readonly api: ExporterApi;
}

/** The data source of the panel's query: null while loading, an error when there is none of ours. */
export function useDataSource(ref: DataSourceRef | null | undefined): LockstepSource | Error | null {
  const uid = ref?.uid;
  const type = ref?.type;
  const [source, setSource] = useState<LockstepSource | Error | null>(null);
  useEffect(() => {
    let current = true;
    getDataSourceSrv()
      .get({ uid, type })
      .then(
        (found) => current && setSource(isOurs(found) ? found : new Error('not a Lockstep data source')),
        (error: unknown) => current && setSource(error instanceof Error ? error : new Error(String(error)))
      );
    return () => {
      current = false;
    };
  }, [uid, type]);
  return source;
}

function isOurs(source: object): source is LockstepSource {
  return 'api' in source;
}
