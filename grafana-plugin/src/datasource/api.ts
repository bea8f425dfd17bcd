/** The exporter's API through Grafana's data source proxy: the browser never sees its address or token. */
import { type BackendSrvRequest, getBackendSrv, isFetchError } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';
import type {
  About,
  Check,
  CheckList,
  FinishedRun,
  History,
  JobList,
  Problem,
  Run,
  RunPage,
  StartedRun,
  ViolationDetail,
  ViolationPage,
} from '../../../exporter/src/http/api-schemas.ts';
import type { ViolationFilter, ViolationRange } from './query';

export type {
  About,
  Check,
  CheckList,
  FinishedRun,
  History,
  JobList,
  Run,
  RunPage,
  StartedRun,
  ViolationDetail,
  ViolationPage,
};
export type Violation = ViolationPage['rows'][number];
export type Job = JobList['jobs'][number];
export type Status = Check['status'];

/**
 * Why the exporter did not answer as asked.
 * - `unreachable`: no answer from it (proxy error, 502, 504)
 * - `unauthorized`: it refused the token (Grafana's proxy turns its 401 into 400)
 * - `forbidden`: Grafana's role, or the token's, does not suffice
 * - `not_found`, `conflict` (the check is running already), `too_many`, `invalid`, `unavailable` (503), `failed`
 */
export type FailureReason =
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_many'
  | 'invalid'
  | 'unavailable'
  | 'failed';

export class ApiError extends Error {
  readonly reason: FailureReason;
  readonly status: number;
  readonly problem: Partial<Problem> | null;

  constructor(reason: FailureReason, status: number, message: string, problem: Partial<Problem> | null) {
    super(message);
    this.name = 'ApiError';
    this.reason = reason;
    this.status = status;
    this.problem = problem;
  }
}

/** Not `instanceof`: the panel and the data source are two bundles, and each has a class of its own. */
export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === 'ApiError' && 'reason' in error;
}

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Every method rejects with an `ApiError`. */
export class ExporterApi {
  private readonly proxyUrl: string;

  /** @param proxyUrl `instanceSettings.url` of the data source: Grafana's proxy, not the exporter */
  constructor(proxyUrl: string) {
    this.proxyUrl = proxyUrl;
  }

  about(): Promise<About> {
    return this.get('about');
  }

  checks(): Promise<CheckList> {
    return this.get('numbers/checks');
  }

  check(name: string): Promise<Check> {
    return this.get(`numbers/checks/${encodeURIComponent(name)}`);
  }

  /** With the reason why a run could not look, which only Editors may see. */
  checkWithReason(name: string): Promise<Check> {
    return this.get(`rows/checks/${encodeURIComponent(name)}`);
  }

  runs(check: string, range: { limit?: number; cursor?: string } = {}): Promise<RunPage> {
    return this.get(`numbers/checks/${encodeURIComponent(check)}/runs`, range);
  }

  run(id: string): Promise<Run> {
    return this.get(`numbers/runs/${encodeURIComponent(id)}`);
  }

  /** @param range ISO 8601 times */
  history(check: string, range: { from: string; to: string }): Promise<History> {
    return this.get(`numbers/checks/${encodeURIComponent(check)}/history`, range);
  }

  jobs(): Promise<JobList> {
    return this.get('numbers/jobs');
  }

  /** Editors and Admins. */
  violations(filter: ViolationFilter, range: ViolationRange = {}): Promise<ViolationPage> {
    const { kinds, ...rest } = filter;
    return this.get('rows/violations', { ...rest, kind: kinds, ...range });
  }

  /** Editors and Admins. */
  violation(id: string): Promise<ViolationDetail> {
    return this.get(`rows/violations/${encodeURIComponent(id)}`);
  }

  /** Editors and Admins. Answers at once; follow the run with `run(id)`. */
  startRun(check: string): Promise<StartedRun> {
    return this.send('POST', `actions/checks/${encodeURIComponent(check)}/run`);
  }

  private get<T>(path: string, query: Query = {}): Promise<T> {
    return this.send('GET', path, query);
  }

  private async send<T>(method: 'GET' | 'POST', path: string, query: Query = {}): Promise<T> {
    const request: BackendSrvRequest = {
      url: `${this.proxyUrl}/${path}${queryString(query)}`,
      method,
      // Grafana says JSON of every POST, and an empty body is none
      ...(method === 'POST' ? { data: {} } : {}),
      // the caller says what went wrong where it went wrong; a second toast would repeat it
      showErrorAlert: false,
    };
    try {
      const response = await lastValueFrom(getBackendSrv().fetch<T>(request));
      return response.data;
    } catch (error) {
      throw apiError(error);
    }
  }
}

function queryString(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') {
      continue;
    }
    for (const one of Array.isArray(value) ? value : [value]) {
      search.append(name, String(one));
    }
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

function apiError(error: unknown): ApiError {
  if (!isFetchError(error)) {
    return new ApiError('failed', 0, error instanceof Error ? error.message : String(error), null);
  }
  const problem: Partial<Problem> & { message?: string } = typeof error.data === 'object' ? (error.data ?? {}) : {};
  const reason = reasonOf(error.status, problem);
  const detail = problem.detail ?? problem.message ?? error.statusText ?? '';
  return new ApiError(reason, error.status, detail, problem);
}

function reasonOf(status: number, problem: Partial<Problem>): FailureReason {
  // Grafana's proxy answers 400 for the exporter's 401; the body still says 401
  if (status === 401 || problem.status === 401) {
    return 'unauthorized';
  }
  const reasons: Readonly<Record<number, FailureReason>> = {
    0: 'unreachable',
    400: 'invalid',
    403: 'forbidden',
    404: 'not_found',
    409: 'conflict',
    422: 'invalid',
    429: 'too_many',
    502: 'unreachable',
    503: 'unavailable',
    504: 'unreachable',
  };
  return reasons[status] ?? 'failed';
}
