# syntax=docker/dockerfile:1

FROM node:20-bookworm-slim AS build
WORKDIR /lockstep
COPY package.json package-lock.json ./
COPY exporter/package.json exporter/
# no package of ours needs its install script: libsql is prebuilt, and the embedded Postgres is not run here
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts scripts
COPY exporter exporter
# the demo needs development dependencies
RUN npm run build && rm -rf exporter/dist/demo exporter/src

FROM node:20-bookworm-slim AS dependencies
WORKDIR /lockstep
COPY package.json package-lock.json ./
COPY exporter/package.json exporter/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /lockstep
COPY --from=dependencies /lockstep ./
COPY --from=build /lockstep/exporter/dist exporter/dist
COPY exporter/bin exporter/bin
COPY exporter/lockstep.schema.json exporter/
COPY LICENSE ./
# the configuration is mounted at /etc/lockstep, the store lives in /data
RUN mkdir /etc/lockstep /data && chown node:node /data
USER node
VOLUME /data
WORKDIR /data
EXPOSE 9464
ENV LOCKSTEP_HEALTH_URL=http://127.0.0.1:9464/healthz
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.LOCKSTEP_HEALTH_URL).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/lockstep/exporter/bin/lockstep.mjs"]
CMD ["serve", "--config", "/etc/lockstep/lockstep.yaml"]
