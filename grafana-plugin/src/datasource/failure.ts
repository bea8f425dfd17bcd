/** Why the exporter, or Grafana's proxy before it, did not do what was asked. */
import { isFetchError } from '@grafana/runtime';
import type { Problem } from '../../../exporter/src/http/api-schemas.ts';

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

export function apiError(error: unknown): ApiError {
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
