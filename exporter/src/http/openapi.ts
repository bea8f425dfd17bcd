/** The API described by the very schemas its routes use, and shown at `/documentation`. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { Server } from './route.ts';

const DESCRIPTION = `Lockstep tells which rows of two tables that must agree have stopped agreeing.

Times are ISO 8601 in UTC. Ratios go from 0 to 1; rates are percent, rounded down, so that 100 means that nothing is wrong.
\`viewer\` tokens read numbers, \`admin\` tokens read rows and act. What goes wrong is told as \`application/problem+json\`.`;

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><text x="0" y="27" font-family="sans-serif"
 font-size="22" font-weight="700" fill="#fff">Lockstep</text></svg>`;

/** The plugin's own would ask for https, and so leave the page blank where the exporter speaks http. */
const CSP =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** Must come before the routes: they are noted as they are added. */
export async function describeApi(app: Server, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lockstep',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A token of http.tokens, or a JWT' },
        },
      },
      tags: [
        { name: 'health', description: 'Five documents for scripts and dashboards' },
        { name: 'checks', description: 'What must hold, and how it stands' },
        { name: 'runs', description: 'What ran, and how it ended' },
        { name: 'violations', description: 'The rows' },
        { name: 'baselines', description: 'Runs to compare with' },
        { name: 'reports', description: 'What happened in a window, and what follows' },
        { name: 'gate', description: 'Whether a deployment may go on' },
        { name: 'deployments', description: 'What changed when' },
        { name: 'audit', description: 'Who read rows or acted' },
        { name: 'operations', description: 'For those who run the exporter' },
      ],
    },
    transform: ({ schema, url, route }) => {
      const { role } = route.config ?? {};
      if (role === undefined) return { schema, url };
      return { schema: { ...schema, description: `Role: ${role}`, security: [{ token: [] }] }, url };
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/documentation',
    staticCSP: CSP,
    logo: { type: 'image/svg+xml', content: Buffer.from(LOGO), href: '/', target: '_self' },
    theme: { title: 'Lockstep API' },
  });
}

/** Only once the app is ready. */
export function openApiDocument(app: Server): string {
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}
