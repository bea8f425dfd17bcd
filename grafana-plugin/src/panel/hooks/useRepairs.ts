import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { AppliedPlan, ExporterApi, Plan } from '../../datasource/api';
import { isApiError } from '../../datasource/failure';
import { appliedText, leftOutText, outcomesText } from '../model/plan';
import { REPAIR } from '../repair-texts';

export interface RepairView {
  /** null: the list of plans, or a plan that is still to come */
  readonly plan: Plan | null;
  readonly doing: keyof typeof REPAIR.doing | null;
  readonly failure: unknown;
  /** what came of the last act */
  readonly result: string;
}

export interface Repairs {
  /** null while nobody looks */
  readonly view: RepairView | null;
  readonly list: () => void;
  /** @param ids of violations; every open one unless given */
  readonly preview: (ids?: readonly string[]) => void;
  readonly open: (plan: string) => void;
  readonly tryOut: (plan: Plan) => void;
  readonly apply: (plan: Plan, reason: string) => void;
  readonly undo: (plan: Plan) => void;
  readonly close: () => void;
}

const POLL_MS = 1_000;
const LIST: RepairView = { plan: null, doing: null, failure: null, result: '' };

/**
 * Shows repairs, makes them and takes them back.
 * @param onWritten the exporter has written rows, or may have
 */
export function useRepairs(api: ExporterApi, check: string, onWritten: () => void): Repairs {
  const [told, setTold] = useState<{ check: string; view: RepairView | null }>({ check, view: null });
  const stop = useRef<() => void>(() => undefined);
  useEffect(() => () => stop.current(), [api, check]);

  const acts = useMemo(() => {
    /** What is told of an act once another has begun is of no interest. */
    const begin = (view: RepairView | null) => {
      let current = true;
      stop.current();
      stop.current = () => {
        current = false;
      };
      setTold({ check, view });
      return {
        wanted: () => current,
        tell: (part: Partial<RepairView>) =>
          current && setTold(({ view: before }) => ({ check, view: { ...(before ?? LIST), ...part } })),
      };
    };
    const show = <T extends Plan>(
      doing: RepairView['doing'],
      plan: Plan | null,
      work: Promise<T>,
      resultOf: (found: T) => string = () => ''
    ) => {
      const { tell } = begin({ ...LIST, plan, doing });
      work.then(
        (found) => tell({ plan: found, doing: null, result: resultOf(found) }),
        (failure: unknown) => tell({ doing: null, failure })
      );
    };
    return { begin, show };
  }, [check]);

  const run = useCallback(
    (plan: Plan, reason: string, dryRun: boolean) => {
      const { tell, wanted } = acts.begin({ ...LIST, plan, doing: dryRun ? 'trying' : 'applying' });
      const work = api.applyPlan(plan.id, { reason, dry_run: dryRun });
      const followed = dryRun ? work : follow(api, plan.id, work, (seen) => tell({ plan: seen }), wanted);
      followed.then(
        (after) => {
          tell({ plan: after, doing: null, result: resultOf(after) });
          if (!dryRun && after.counts.written > 0) {
            onWritten();
          }
        },
        (failure: unknown) => {
          tell({ doing: null, failure });
          if (!dryRun && isLost(failure)) {
            onWritten();
          }
        }
      );
    },
    [acts, api, onWritten]
  );

  return {
    view: told.check === check ? told.view : null,
    list: useCallback(() => void acts.begin(LIST), [acts]),
    close: useCallback(() => void acts.begin(null), [acts]),
    preview: useCallback(
      (ids) => acts.show('planning', null, api.makePlan(ids === undefined ? { check } : { check, ids }), leftOutText),
      [acts, api, check]
    ),
    open: useCallback((plan) => acts.show('reading', null, api.plan(plan)), [acts, api]),
    undo: useCallback(
      (plan) => acts.show('planning', plan, api.undoPlan(plan.id), () => REPAIR.undoPlanned),
      [acts, api]
    ),
    tryOut: useCallback((plan) => run(plan, REPAIR.dryRunReason, true), [run]),
    apply: useCallback((plan, reason) => run(plan, reason, false), [run]),
  };
}

function resultOf(after: Plan | AppliedPlan): string {
  return 'dry_run' in after ? appliedText(after) : REPAIR.done(outcomesText(after));
}

/** Tells of the plan while it is being applied, also when a proxy no longer waits for the answer. */
async function follow(
  api: ExporterApi,
  id: string,
  work: Promise<AppliedPlan>,
  tell: (plan: Plan) => void,
  wanted: () => boolean
): Promise<Plan | AppliedPlan> {
  let ended = false;
  void watch(api, id, tell, () => wanted() && !ended).catch(() => undefined);
  try {
    return await work;
  } catch (error) {
    ended = true;
    if (!isLost(error)) {
      throw error;
    }
    const plan = await watch(api, id, tell, ({ state }) => wanted() && state === 'applying');
    tell(plan);
    if (plan.state !== 'applied') {
      throw error;
    }
    return plan;
  } finally {
    ended = true;
  }
}

/** Reads the plan until it has been followed far enough. */
async function watch(
  api: ExporterApi,
  id: string,
  tell: (plan: Plan) => void,
  goesOn: (plan: Plan) => boolean
): Promise<Plan> {
  for (;;) {
    const plan = await api.plan(id);
    if (!goesOn(plan)) {
      return plan;
    }
    tell(plan);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Nobody said no: it may have been done all the same. */
function isLost(error: unknown): boolean {
  return isApiError(error) && (error.status === 0 || error.status >= 500);
}
