/** Tries the expressions of a sync before anybody needs them: each setting by itself, on no row. */
import type { SideName } from '../../core/sync-plan.ts';
import type { Connection } from './connection.ts';
import { reasonOf } from './errors.ts';
import type { Mended } from './mender-proposal.ts';
import { journalStatement, keyColumns, previewStatement, type MendedSide } from './mender-statements.ts';

interface Trial {
  readonly setting: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

export async function refusedExpressions(
  connection: Connection,
  mended: Mended,
): Promise<{ readonly setting: string; readonly reason: string }[]> {
  const refused: { setting: string; reason: string }[] = [];
  for (const { setting, text, values } of [...trials(mended, 'left'), ...trials(mended, 'right')]) {
    await connection.run('SAVEPOINT lockstep_trial');
    try {
      await connection.rows(text, values);
    } catch (error) {
      refused.push({ setting, reason: reasonOf(error) });
      await connection.run('ROLLBACK TO SAVEPOINT lockstep_trial');
    }
  }
  return refused;
}

function trials(mended: Mended, name: SideName): Trial[] {
  const target = mended[name];
  const source = mended[name === 'left' ? 'right' : 'left'];
  const { set, create, journal } = target.written;
  const columns = (action: 'update' | 'create', part: 'set' | 'create'): Trial[] =>
    (part === 'set' ? set : create).map((one) => {
      // by itself, so that the one that is wrong can be named
      const alone = { ...target, written: { ...target.written, [part]: [one] } };
      const { text, more } = previewStatement(alone, source, action, keyColumns(target).length);
      return {
        setting: `sync.${name}.${part}.${one.column}`,
        text,
        values: [...keyColumns(target).map(() => []), ...more],
      };
    });
  const journals = (journal?.values ?? []).map((one) => journalTrial(target, source, name, one));
  return [...columns('update', 'set'), ...columns('create', 'create'), ...journals];
}

/** Explained, not run: an INSERT may not even be tried in a transaction that only reads. */
function journalTrial(
  target: MendedSide,
  source: MendedSide,
  name: SideName,
  one: NonNullable<MendedSide['written']['journal']>['values'][number],
): Trial {
  const journal = { schema: null, table: '', ...target.written.journal, values: [one] };
  const keyText = keyColumns(target).map(() => null as unknown as string);
  const { text, values } = journalStatement(target, source, journal, { keyText, before: null });
  return { setting: `sync.${name}.journal.values.${one.column}`, text: `EXPLAIN ${text}`, values };
}
