/** `lockstep explain CHECK`: the SQL, its plan, and how long it should take. */
import { CHECK_KINDS } from '../checks/register.ts';
import { loadConfig } from '../config/load.ts';
import { humanDuration } from '../core/duration.ts';
import { UserError } from '../core/errors.ts';
import { ENGINES } from '../sources/register.ts';
import type { Explanation } from '../sources/source.ts';
import { chosenChecks, openSources } from './sources.ts';

export async function explainCommand(
  name: string,
  options: { readonly config: string; readonly json: boolean },
  stopping: AbortSignal,
): Promise<number> {
  const config = loadConfig(options.config, { kinds: CHECK_KINDS, engines: ENGINES }, process.env);
  const [check] = chosenChecks(config, [name]);
  const kind = check && CHECK_KINDS[check.kind];
  if (!kind) throw new UserError(`there is no check "${name}"`);
  const sources = openSources(config);
  const source = (wanted: string) => {
    const found = sources.get(wanted);
    if (!found) throw new UserError(`there is no source "${wanted}"`);
    return found;
  };
  try {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(check.timeoutMs)]);
    const explanations = await kind.explain(check, { source, timeoutMs: check.timeoutMs, signal });
    if (options.json) process.stdout.write(`${JSON.stringify(explanations, null, 2)}\n`);
    else for (const each of explanations) process.stdout.write(`${toText(each)}\n`);
    return 0;
  } finally {
    await Promise.all([...sources.values()].map((each) => each.close()));
  }
}

function toText({ sql, plan, advice, ...estimate }: Explanation): string {
  return [
    sql,
    '',
    ...plan.map((line) => `  ${line}`),
    ...estimateLines(estimate),
    ...(advice === null ? [] : ['', advice]),
  ].join('\n');
}

function estimateLines({
  estimatedRows,
  estimatedCost,
  expectedMs,
}: Pick<Explanation, 'estimatedRows' | 'estimatedCost' | 'expectedMs'>): string[] {
  if (estimatedRows === null || expectedMs === null) return [];
  const expected = expectedMs < 10 ? 'less than 10ms' : `about ${humanDuration(expectedMs)}`;
  const rows = String(Math.round(estimatedRows));
  const cost = estimatedCost === null ? '' : ` at cost ${estimatedCost.toFixed(0)}`;
  return ['', `Reads about ${rows} rows${cost}; expected to take ${expected}.`];
}
