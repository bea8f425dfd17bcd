/** The open violations of each check as JSON text, read from the store once per run that could look. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { toRow } from '../core/violation-row.ts';
import type { CheckState } from '../runner/board.ts';
import type { ShownRows } from './cached-document.ts';
import type { Page, Store } from '../stores/store.ts';
import type { Violation } from '../core/violation.ts';

const PAGE = 1_000;

interface Kept {
  readonly check: CheckState['check'];
  readonly runId: string;
  /** marks change the list between runs */
  readonly known: CheckState['known'];
  readonly rows: Promise<Rows>;
}

interface Rows {
  /** a JSON array; at most `maxViolations` rows */
  readonly json: string;
  readonly shown: ShownRows;
}

const NONE: Rows = { json: '[]', shown: new Map() };

export class OpenViolations {
  readonly #store: Store;
  readonly #kept = new Map<string, Kept>();

  constructor(store: Store) {
    this.#store = store;
  }

  async of(state: CheckState | undefined): Promise<Rows> {
    if (!state?.conclusive) return NONE;
    const { check, conclusive, known } = state;
    const kept = this.#kept.get(check.name);
    if (kept?.check === check && kept.runId === conclusive.id && kept.known === known) return kept.rows;
    const fresh = { check, runId: conclusive.id, known, rows: this.#read(check) };
    this.#kept.set(check.name, fresh);
    try {
      return await fresh.rows;
    } catch (error) {
      if (this.#kept.get(check.name) === fresh) this.#kept.delete(check.name);
      throw error;
    }
  }

  async #read(check: CheckState['check']): Promise<Rows> {
    const query = {
      checks: [check.name],
      state: 'open',
      sort: 'key',
      descending: false,
      limit: PAGE,
    } as const;
    const texts: string[] = [];
    const shown = new Map<string, string>();
    let cursor: string | null = null;
    do {
      const page: Page<Violation> = await this.#store.violations(
        cursor === null ? query : { ...query, cursor },
      );
      for (const row of page.rows) {
        const text = JSON.stringify(toRow(row, check));
        texts.push(text);
        shown.set(row.id, createHash('sha256').update(text).digest('base64url'));
      }
      cursor = page.nextCursor;
      // The embedded store answers without ever giving way; other requests want their turn between pages.
      await nextTurn();
    } while (cursor !== null && texts.length < check.maxViolations);
    return { json: `[${texts.join(',')}]`, shown };
  }
}
