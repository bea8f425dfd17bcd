/** The open violations of each check as JSON text, read from the store once per run that could look. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { toRow } from '../core/violation-row.ts';
import type { CheckState } from '../runner/board.ts';
import type { Page, Store } from '../stores/store.ts';
import type { Violation } from '../core/violation.ts';

const PAGE = 1_000;

interface Kept {
  readonly check: CheckState['check'];
  readonly runId: string;
  readonly rows: Promise<string>;
}

export class OpenViolations {
  readonly #store: Store;
  readonly #kept = new Map<string, Kept>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A JSON array of rows; at most `maxViolations` of them. */
  async json(state: CheckState | undefined): Promise<string> {
    if (!state?.conclusive) return '[]';
    const { check, conclusive } = state;
    const kept = this.#kept.get(check.name);
    if (kept?.check === check && kept.runId === conclusive.id) return kept.rows;
    const fresh = { check, runId: conclusive.id, rows: this.#read(check) };
    this.#kept.set(check.name, fresh);
    try {
      return await fresh.rows;
    } catch (error) {
      if (this.#kept.get(check.name) === fresh) this.#kept.delete(check.name);
      throw error;
    }
  }

  async #read(check: CheckState['check']): Promise<string> {
    const query = {
      checks: [check.name],
      state: 'open',
      sort: 'key',
      descending: false,
      limit: PAGE,
    } as const;
    const parts: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Violation> = await this.#store.violations(
        cursor === null ? query : { ...query, cursor },
      );
      if (page.rows.length > 0)
        parts.push(page.rows.map((row) => JSON.stringify(toRow(row, check))).join(','));
      cursor = page.nextCursor;
      // The embedded store answers without ever giving way; other requests want their turn between pages.
      await nextTurn();
    } while (cursor !== null && parts.length * PAGE < check.maxViolations);
    return `[${parts.join(',')}]`;
  }
}
