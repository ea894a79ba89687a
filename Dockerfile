# One image for all processes and commands: `node dist/gateway.js`, `node dist/booking.js`, …, `node dist/migrate.js`, `node dist/reconcile.js`, ….
# Processes write no file.
# The newest Node has the newest time zones: bookings depend on them.
ARG NODE=node:24.21.0-bookworm-slim

# The packages' manifests: installations are cached until one of them changes.
FROM ${NODE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc ! -name patches.mjs -delete

FROM ${NODE} AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci
COPY . .
RUN npm run build
# What the bundles read at run time, beside the packages.
RUN mkdir /image \
  && find gateway/pages gateway/*.graphql subgraphs libs drizzle/*/migrations \
    \( -path 'gateway/pages/*' -o -name '*.graphql' -o -path '*/migrations/*' \) ! -name '*.ts' -type f -exec cp --parents {} /image \; \
  && cp -r dist package.json LICENSE /image

FROM ${NODE} AS packages
WORKDIR /app
COPY --from=manifests /app ./
# Types, source maps and documents of packages are not read at run time.
RUN npm ci --omit=dev --workspace=gateway --workspace=subgraphs/tenant --workspace=subgraphs/user \
    --workspace=subgraphs/resource --workspace=subgraphs/booking \
  && node scripts/build/patches.mjs \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -iname '*.md' ! -iname 'licen[cs]e*' ! -iname 'notice*' \) -delete \
  && find node_modules -xtype l -delete

FROM ${NODE}
LABEL org.opencontainers.image.title="Vaga" \
  org.opencontainers.image.description="Headless, multi-tenant, white-label resource scheduling" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production ENVIRONMENT=production HOST=0.0.0.0
WORKDIR /app
# Owned by root: the process cannot change its own code.
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /image ./
USER node
# docker-compose.yml and Kubernetes ask in their own way.
HEALTHCHECK --interval=10s --timeout=5s --retries=3 --start-period=30s CMD ["node", "dist/isReady.js"]
CMD ["node", "--enable-source-maps", "dist/gateway.js"]
