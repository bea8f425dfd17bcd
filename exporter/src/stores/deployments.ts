/** Deployments that were announced. */
import { randomUUID } from 'node:crypto';
import type { Deployment } from '../core/deployment.ts';
import { storable } from './sort-key.ts';
import type { Backend, DeploymentRow } from './tables.ts';

export async function addDeployment(
  backend: Backend,
  { at, name, version, stage, note, by }: Omit<Deployment, 'id'>,
): Promise<Deployment> {
  const row: DeploymentRow = {
    ...{ id: randomUUID(), at, name: storable(name), announced_by: storable(by) },
    version: storableOrNull(version),
    stage: storableOrNull(stage),
    note: storableOrNull(note),
  };
  await backend.write.transaction().execute((trx) => trx.insertInto('deployment').values(row).execute());
  return readDeployment(row);
}

export async function deploymentsBetween(
  backend: Backend,
  from: number,
  to: number,
  limit: number,
): Promise<Deployment[]> {
  const rows = await backend.read
    .selectFrom('deployment')
    .selectAll()
    .where('at', '>=', from)
    .where('at', '<=', to)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(readDeployment);
}

function readDeployment({ announced_by: by, ...row }: DeploymentRow): Deployment {
  return { ...row, by };
}

function storableOrNull(text: string | null): string | null {
  return text === null ? null : storable(text);
}
