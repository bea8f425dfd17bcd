/** Grafana publishes no JSON Schema of a dashboard; the SDK's types are generated from its source, so they are one. */
import { join } from 'node:path';
import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const SDK = join(__dirname, '..', 'node_modules', '@grafana', 'grafana-foundation-sdk', 'dist');
const SHOWN = 5;

/** What is wrong with a dashboard, the first few findings; nothing when it fits. */
export function validator(): (dashboard: unknown) => string[] {
  const schema = createGenerator({
    path: join(SDK, 'dashboard', 'types.gen.d.ts'),
    type: 'Dashboard',
    skipTypeCheck: true,
    // options and field settings are the plugins' own
    additionalProperties: true,
  }).createSchema('Dashboard');
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
  return (dashboard) =>
    validate(dashboard)
      ? []
      : (validate.errors ?? []).slice(0, SHOWN).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
