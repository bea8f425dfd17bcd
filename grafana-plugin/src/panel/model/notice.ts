/** What must be said about a check besides its numbers. Pure. */
import type { Check } from '../../datasource/api';
import { isApiError } from '../../datasource/failure';
import { NOTICE } from '../texts';

export interface Notice {
  readonly severity: 'info' | 'warning' | 'error' | 'success';
  readonly title: string;
  readonly detail?: string;
}

/** @param when the last check, as it is written in the panel's time zone */
export function noticesOf(check: Check, when: string | null): Notice[] {
  const found: Notice[] = [];
  if (!check.enabled) {
    found.push({ severity: 'info', title: NOTICE.disabled });
  }
  if (check.last_outcome === 'error') {
    const title = when === null ? NOTICE.neverLooked : NOTICE.sourceDown(when);
    found.push({ severity: 'warning', title, ...(check.error === null ? {} : { detail: check.error }) });
  } else if (check.last_attempt === null && check.enabled) {
    found.push({ severity: 'info', title: NOTICE.pending });
  } else if (check.result?.empty) {
    found.push({ severity: 'warning', title: NOTICE.empty });
  } else if (check.result?.inconsistent === 0 && when !== null) {
    found.push({ severity: 'success', title: NOTICE.healthy(check.result.checked, when) });
  }
  return found;
}

/** @param otherwise what could not be done; that of reading a check unless given */
export function failureNotice(error: unknown, otherwise?: string): Notice {
  if (!isApiError(error)) {
    return {
      severity: 'error',
      title: otherwise ?? NOTICE.failed,
      detail: error instanceof Error ? error.message : String(error),
    };
  }
  switch (error.reason) {
    case 'unreachable':
      return { severity: 'error', title: NOTICE.unreachable, detail: NOTICE.unreachableHelp };
    case 'unauthorized':
      return { severity: 'error', title: NOTICE.unauthorized, detail: NOTICE.unauthorizedHelp };
    case 'forbidden':
      return { severity: 'warning', title: NOTICE.forbidden, detail: error.message };
    case 'not_found':
      return { severity: 'error', title: otherwise ?? NOTICE.unknownCheck, detail: error.message };
    case 'too_many':
      return { severity: 'warning', title: NOTICE.tooMany, detail: error.message };
    default:
      return { severity: 'error', title: otherwise ?? NOTICE.failed, detail: error.message };
  }
}
