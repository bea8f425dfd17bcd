/** Grafana's side of the exporter's API: queries become documents, documents become frames. */
import {
  CoreApp,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type DataSourceInstanceSettings,
  type ScopedVars,
  type TestDataSourceResponse,
  type TimeRange,
} from '@grafana/data';
import { annotationSupport, eventsFrame, type Happened } from './annotations';
import { type Check, type Deployment, ExporterApi, type Run, type Violation } from './api';
import { ApiError, isApiError } from './failure';
import { checksFrame } from './frames/checks';
import { historyFrame } from './frames/history';
import { jobsFrame } from './frames/jobs';
import { runsFrame } from './frames/runs';
import { leadingCheck, statusFrame } from './frames/status';
import { violationFrame } from './frames/violation';
import { violationsFrame } from './frames/violations';
import { health } from './health';
import { interpolate } from './interpolate';
import { DEFAULT_QUERY, type EventType, type LockstepJsonData, type LockstepQuery } from './query';
import { maySeeRows } from './role';
import { LockstepVariableSupport } from './variables';

/** What the API gives at most on one page. */
const PAGE_ROWS = 1_000;
const DEFAULT_VIOLATIONS = 1_000;
/** A query asks for this many runs at most; beyond, a day's sums (`history`) tell more. */
const MAX_RUNS = 2_000;

export class LockstepDataSource extends DataSourceApi<LockstepQuery, LockstepJsonData> {
  readonly api: ExporterApi;
  readonly configured: boolean;

  constructor(settings: DataSourceInstanceSettings<LockstepJsonData>) {
    super(settings);
    this.api = new ExporterApi(settings.url ?? '');
    this.configured = Boolean(settings.jsonData?.exporterUrl);
    this.annotations = annotationSupport;
    this.variables = new LockstepVariableSupport(this);
  }

  getDefaultQuery(_app: CoreApp): Partial<LockstepQuery> {
    return { ...DEFAULT_QUERY };
  }

  filterQuery(query: LockstepQuery): boolean {
    return !query.hide && !(query.queryType === 'violation' && !query.violation);
  }

  async query(request: DataQueryRequest<LockstepQuery>): Promise<DataQueryResponse> {
    const wanted = request.targets.filter((target) => this.filterQuery(target));
    const data = await Promise.all(wanted.map((target) => this.answer(target, request.range, request.scopedVars)));
    return { data };
  }

  testDatasource(): Promise<TestDataSourceResponse> {
    return health(this.api, this.configured);
  }

  private async answer(raw: LockstepQuery, range: TimeRange, scopedVars: ScopedVars): Promise<DataFrame> {
    const query = interpolate(raw, scopedVars);
    const { refId } = query;
    switch (query.queryType) {
      case 'checks':
        return checksFrame(refId, (await this.api.checks()).checks);
      case 'violations':
        return this.violations(query);
      case 'violation':
        return violationFrame(refId, await this.api.violation(query.violation ?? ''));
      case 'jobs':
        return jobsFrame(refId, (await this.api.jobs()).jobs);
      case 'history': {
        const check = await this.check(query.check);
        return historyFrame(refId, await this.api.history(check.name, isoRange(range)), check);
      }
      case 'runs': {
        const check = await this.check(query.check);
        const { events } = query;
        return events
          ? eventsFrame(refId, check.name, await this.happened(check.name, range, events), events)
          : runsFrame(refId, check.name, await this.runsWithin(check.name, range));
      }
      case 'status':
      case undefined:
        return statusFrame(refId, await this.check(query.check));
      default:
        throw new ApiError('invalid', 400, `There is no query of the type "${String(query.queryType)}".`, null);
    }
  }

  /** The check of that name, else the one that needs looking at first. Editors learn why a run could not look. */
  async check(name: string | undefined): Promise<Check> {
    const chosen = name ?? leadingCheck((await this.api.checks()).checks)?.name;
    if (chosen === undefined) {
      throw new ApiError('not_found', 404, 'The exporter has no check configured.', null);
    }
    return maySeeRows() ? this.api.checkWithReason(chosen) : this.api.check(chosen);
  }

  private async violations(query: LockstepQuery): Promise<DataFrame> {
    const { check, kinds, state, search, sort, order, limit = DEFAULT_VIOLATIONS } = query;
    const known = check === undefined ? null : await this.api.check(check);
    const rows: Violation[] = [];
    let cursor: string | undefined;
    for (;;) {
      const left = Math.min(PAGE_ROWS, limit - rows.length);
      const page = await this.api.violations({ check, kinds, state, search }, { sort, order, limit: left, cursor });
      rows.push(...page.rows);
      cursor = page.next_cursor ?? undefined;
      if (cursor === undefined || rows.length >= limit) {
        const { total, next_cursor, capped } = page;
        return violationsFrame(query.refId, rows, { total, next_cursor, capped }, known);
      }
    }
  }

  /** Asks for what is wanted only. */
  private async happened(check: string, range: TimeRange, events: readonly EventType[]): Promise<Happened> {
    const wantsRuns = events.some((event) => event !== 'deployments');
    const [runs, deployments] = await Promise.all([
      wantsRuns ? this.runsWithin(check, range) : [],
      events.includes('deployments') ? this.deploymentsWithin(range) : [],
    ]);
    return { runs, deployments };
  }

  private async deploymentsWithin(range: TimeRange): Promise<readonly Deployment[]> {
    try {
      return await this.api.deployments(isoRange(range));
    } catch (error) {
      // an exporter older than this plugin knows of none; what happened to the check is still worth marking
      if (isApiError(error) && error.reason === 'not_found') {
        return [];
      }
      throw error;
    }
  }

  /** Newest first, as the API tells them. */
  private async runsWithin(check: string, range: TimeRange): Promise<Run[]> {
    const [from, to] = [range.from.valueOf(), range.to.valueOf()];
    const found: Run[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.api.runs(check, { limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.rows);
      cursor = page.next_cursor ?? undefined;
      const oldest = page.rows.at(-1);
      if (oldest && Date.parse(oldest.started_at) < from) {
        break;
      }
    } while (cursor !== undefined && found.length < MAX_RUNS);
    return found.filter(({ started_at }) => Date.parse(started_at) >= from && Date.parse(started_at) <= to);
  }
}

function isoRange(range: TimeRange): { from: string; to: string } {
  return { from: range.from.toISOString(), to: range.to.toISOString() };
}
