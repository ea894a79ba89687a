# One image for all processes: `node dist/gateway.js`, `node dist/booking.js`, …, `node dist/migrate.js`.
FROM node:24.9.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY gateway/package.json gateway/
COPY subgraphs/tenant/package.json subgraphs/tenant/
COPY subgraphs/user/package.json subgraphs/user/
COPY subgraphs/resource/package.json subgraphs/resource/
COPY subgraphs/booking/package.json subgraphs/booking/
COPY scripts/dev/package.json scripts/dev/
COPY examples/reviews/package.json examples/reviews/
COPY libs libs
COPY drizzle drizzle
RUN npm ci
COPY . .
RUN node scripts/build/patches.mjs && npm run build && npm prune --omit=dev && node scripts/build/patches.mjs

FROM node:24.9.0-bookworm-slim
ENV NODE_ENV=production
ENV ENVIRONMENT=production
ENV HOST=0.0.0.0
WORKDIR /app
COPY --from=build --chown=node:node /app /app
USER node
CMD ["node", "--enable-source-maps", "dist/gateway.js"]
