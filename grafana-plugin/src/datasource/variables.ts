/** Values for a dashboard's variables: checks, violation kinds, and what a key field holds among open violations. */
import {
  CustomVariableSupport,
  type DataQueryRequest,
  type DataQueryResponse,
  FieldType,
  createDataFrame,
} from '@grafana/data';
import { from, type Observable } from 'rxjs';
import { VariableQueryEditor } from './components/VariableQueryEditor';
import type { LockstepDataSource } from './datasource';
import { interpolate } from './interpolate';
import type { LockstepQuery, LockstepVariableQuery } from './query';

const PAGE_ROWS = 1_000;
/** Beyond what a check follows by default there is nothing to list. */
const MAX_PAGES = 10;

export class LockstepVariableSupport extends CustomVariableSupport<
  LockstepDataSource,
  LockstepVariableQuery & LockstepQuery
> {
  readonly editor = VariableQueryEditor;
  private readonly datasource: LockstepDataSource;

  constructor(datasource: LockstepDataSource) {
    super();
    this.datasource = datasource;
  }

  query(request: DataQueryRequest<LockstepVariableQuery & LockstepQuery>): Observable<DataQueryResponse> {
    return from(this.answer(request));
  }

  private async answer(request: DataQueryRequest<LockstepVariableQuery & LockstepQuery>): Promise<DataQueryResponse> {
    const [target] = request.targets;
    const values = target ? await this.valuesOf(target, interpolate(target, request.scopedVars).check) : [];
    const field = { name: 'text', type: FieldType.string, values, config: {} };
    return { data: [createDataFrame({ refId: target?.refId ?? 'A', fields: [field] })] };
  }

  private async valuesOf({ values, field }: LockstepVariableQuery, check: string | undefined): Promise<string[]> {
    const { checks } = await this.datasource.api.checks();
    if (values === 'checks') {
      return checks.map(({ name }) => name);
    }
    const chosen = checks.filter(({ name }) => check === undefined || name === check);
    if (values === 'kinds') {
      return distinct(chosen.flatMap((one) => one.violation_kinds));
    }
    const name = field ?? chosen[0]?.fields.key[0];
    return name === undefined ? [] : this.fieldValues(check, name);
  }

  private async fieldValues(check: string | undefined, field: string): Promise<string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const { rows, next_cursor } = await this.datasource.api.violations(
        { check },
        { limit: PAGE_ROWS, sort: 'key', cursor }
      );
      found.push(
        ...rows.flatMap(({ row }) => (row[field] === null || row[field] === undefined ? [] : [String(row[field])]))
      );
      cursor = next_cursor ?? undefined;
      if (cursor === undefined) {
        break;
      }
    }
    return distinct(found);
  }
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
}
