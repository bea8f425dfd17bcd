/** What "Save & test" answers: what was found, and what to do about what was not. */
import type { TestDataSourceResponse } from '@grafana/data';
import type { About, ExporterApi } from './api';
import { isApiError } from './failure';

/** Clocks further apart make ages and "last check" misleading. */
const SKEW_SECONDS = 5;

export async function health(api: Pick<ExporterApi, 'about'>, configured: boolean): Promise<TestDataSourceResponse> {
  if (!configured) {
    return { status: 'error', message: 'Enter the URL of the exporter, as seen from Grafana’s server, and save.' };
  }
  try {
    const asked = Date.now();
    const about = await api.about();
    return { status: 'success', message: found(about, (asked + Date.now()) / 2) };
  } catch (error) {
    return { status: 'error', message: remedy(error) };
  }
}

function found({ version, checks, role, actor, now }: About, atMs: number): string {
  const parts = [`Lockstep ${version} with ${checks} ${checks === 1 ? 'check' : 'checks'}.`];
  if (role === 'admin') {
    parts.push(`The token "${actor}" is an admin’s.`);
  } else {
    parts.push(`The token "${actor}" is a viewer’s: numbers are shown, but no rows, and no check can be run.`);
  }
  const skew = Math.round((Date.parse(now) - atMs) / 1_000);
  if (Math.abs(skew) > SKEW_SECONDS) {
    const direction = skew > 0 ? 'ahead of' : 'behind';
    parts.push(`Its clock is ${Math.abs(skew)} s ${direction} this browser’s: ages will look wrong.`);
  }
  if (checks === 0) {
    parts.push('Configure a check to see anything.');
  }
  return parts.join(' ');
}

function remedy(error: unknown): string {
  if (!isApiError(error)) {
    return error instanceof Error ? error.message : String(error);
  }
  switch (error.reason) {
    case 'unreachable':
      return 'The exporter does not answer. Is it running, and is the URL right as seen from Grafana’s server (not from this browser)?';
    case 'unauthorized':
      return 'The exporter refuses the token. Enter one of http.tokens of its configuration, in full, and save.';
    case 'forbidden':
      return `It was refused: ${error.message}`;
    case 'not_found':
      return 'Something answers at this URL, but not as Lockstep does. Enter the address without a path: http://lockstep:9464';
    case 'too_many':
      return 'The exporter answers 429: too many requests for this token. Raise http.rateLimit, or let Grafana send who is asking (docs/grafana.md).';
    case 'unavailable':
      return `The exporter is not ready: ${error.message}`;
    default:
      return `The exporter answered ${error.status}: ${error.message}`;
  }
}
