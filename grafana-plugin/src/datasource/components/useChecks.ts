import { useEffect, useState } from 'react';
import type { Check } from '../api';
import type { LockstepDataSource } from '../datasource';

/** The exporter's checks for choosers; empty while loading and when they cannot be had: a name can still be typed. */
export function useChecks(datasource: LockstepDataSource): readonly Check[] {
  const [checks, setChecks] = useState<readonly Check[]>([]);
  useEffect(() => {
    let current = true;
    datasource.api.checks().then(
      (list) => current && setChecks(list.checks),
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [datasource]);
  return checks;
}
