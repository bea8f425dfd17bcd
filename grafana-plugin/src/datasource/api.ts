/** The exporter's API through Grafana's data source proxy: the browser never sees its address or token. */
import { type BackendSrvRequest, getBackendSrv } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';
import type {
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
} from '../../../exporter/src/http/api-schemas.ts';
import type { BaselineDocument, BaselineList, Comparison } from '../../../exporter/src/http/baseline-schemas.ts';
import type { REPORT_KINDS } from '../../../exporter/src/core/report.ts';
import type { AppliedPlan, MadePlan, Plan, PlanSummary } from '../../../exporter/src/http/sync-schemas.ts';
import { apiError } from './failure';
import type { ViolationFilter, ViolationRange } from './query';

export type {
  About,
  AppliedPlan,
  BaselineDocument,
  Check,
  CheckList,
  Comparison,
  FinishedRun,
  History,
  JobList,
  MadePlan,
  Plan,
  PlanSummary,
  Run,
  RunPage,
  StartedRun,
  ViolationDetail,
  ViolationPage,
};
export type Violation = ViolationPage['rows'][number];
export type Job = JobList['jobs'][number];
export type PlanRow = Plan['rows'][number];
export type Statement = PlanRow['statements'][number];
/** Accepts violations until their values change, `expires_at` passes or somebody takes it back. */
export interface MarkRequest {
  readonly ids: readonly string[];
  /** ISO 8601, of the exporter's clock: what has changed after it was not seen by whoever marks */
  readonly as_of?: string;
  readonly reason: string;
  /** URL */
  readonly ticket?: string;
  /** ISO 8601 */
  readonly expires_at?: string;
}

/** What was left alone, and why. */
export interface Marks {
  readonly skipped: ReadonlyArray<{ readonly id: string; readonly reason: string }>;
}
export type Status = Check['status'];

export type ReportKind = (typeof REPORT_KINDS)[number];

/** Something of theirs that was deployed, as their pipeline announced it. */
export interface Deployment {
  readonly id: string;
  /** ISO 8601 */
  readonly at: string;
  readonly name: string;
  readonly version: string | null;
  readonly stage: string | null;
  readonly note: string | null;
  readonly by: string;
}

/** Remembers the newest run of a check to compare with. */
export interface BaselineRequest {
  readonly check: string;
  readonly name: string;
  readonly note?: string;
}

/** What is to be mended: violations by their ids, else every open one, as many as fit into a plan. */
export interface PlanRequest {
  readonly check: string;
  readonly ids?: readonly string[];
}

export interface ApplyRequest {
  readonly reason: string;
  /** does everything, and rolls it back */
  readonly dry_run?: boolean;
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

  /**
   * Newest first.
   * @param range ISO 8601 times
   */
  async deployments(range: { from: string; to: string }): Promise<readonly Deployment[]> {
    return (await this.get<{ deployments: Deployment[] }>('numbers/deployments', range)).deployments;
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

  /** Editors and Admins. */
  markKnown(request: MarkRequest): Promise<Marks & { readonly marked: number }> {
    return this.send('POST', 'actions/violations/known', {}, request);
  }

  /** Editors and Admins. */
  unmark(ids: readonly string[]): Promise<Marks & { readonly unmarked: number }> {
    return this.send('POST', 'actions/violations/unmark', {}, { ids });
  }

  /** Newest first. */
  async baselines(check: string): Promise<readonly BaselineDocument[]> {
    return (await this.get<BaselineList>('numbers/baselines', { check })).baselines;
  }

  /** Editors and Admins. What is new, resolved and still there since then. */
  comparison(baseline: string): Promise<Comparison> {
    return this.get(`rows/baselines/${encodeURIComponent(baseline)}/comparison`);
  }

  /** Editors and Admins. */
  createBaseline(request: BaselineRequest): Promise<BaselineDocument> {
    return this.send('POST', 'actions/baselines', {}, request);
  }

  /** One self-contained page of HTML. */
  report(kind: ReportKind, check: string): Promise<string> {
    return this.get(`numbers/reports/${kind}`, { format: 'html', check });
  }

  /** Admins. Newest first. */
  async plans(check: string): Promise<readonly PlanSummary[]> {
    return (await this.get<{ plans: PlanSummary[] }>('repairs/sync/plans', { check })).plans;
  }

  /** Admins. Also while it is being applied. */
  plan(id: string): Promise<Plan> {
    return this.get(`repairs/sync/plans/${encodeURIComponent(id)}`);
  }

  /** Admins. Writes nothing. */
  makePlan(chosen: PlanRequest): Promise<MadePlan> {
    return this.send('POST', 'repairs/sync/plans', {}, chosen);
  }

  /** Admins. Answers once it is done, which a proxy may not wait for: see `plan`. */
  applyPlan(id: string, given: ApplyRequest): Promise<AppliedPlan> {
    return this.send('POST', `repairs/sync/plans/${encodeURIComponent(id)}/apply`, {}, given);
  }

  /** Admins. A plan that takes another one back, to be applied like any other. */
  undoPlan(id: string): Promise<Plan> {
    return this.send('POST', `repairs/sync/plans/${encodeURIComponent(id)}/undo`);
  }

  private get<T>(path: string, query: Query = {}): Promise<T> {
    return this.send('GET', path, query);
  }

  private async send<T>(method: 'GET' | 'POST', path: string, query: Query = {}, body: object = {}): Promise<T> {
    const request: BackendSrvRequest = {
      url: `${this.proxyUrl}/${path}${queryString(query)}`,
      method,
      // Grafana says JSON of every POST, and an empty body is none
      ...(method === 'POST' ? { data: body } : {}),
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
