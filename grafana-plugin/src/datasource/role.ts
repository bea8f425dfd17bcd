import { config } from '@grafana/runtime';

/** What the proxy's routes for rows and acts ask for; the routes themselves refuse everybody else. */
export function maySeeRows(): boolean {
  const role = config.bootData.user.orgRole;
  return role === 'Editor' || role === 'Admin' || config.bootData.user.isGrafanaAdmin;
}

/** What its routes for repairs ask for. */
export function mayRepair(): boolean {
  return config.bootData.user.orgRole === 'Admin' || config.bootData.user.isGrafanaAdmin;
}
