# An image per app: `docker build --target cdc-producer .` and `docker build --target cdc-consumer .`

FROM node:24-bookworm-slim AS base

# What npm reads, without the sources: a change of code leaves the installed dependencies in the cache.
FROM base AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY libs libs
RUN find libs -type f ! -name package.json -delete

FROM base AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci
COPY nest-cli.json tsconfig.json ./
COPY libs libs
COPY apps apps
COPY deploy/link-libs.mjs deploy/
RUN npx nest build cdc-producer && npx nest build cdc-consumer \
    && node libs/realtime-client/bundle.mjs dist/cdc-consumer/apps/cdc-consumer/src/realtime/demo/page \
    && node deploy/link-libs.mjs cdc-producer links/cdc-producer/@sluice \
    && node deploy/link-libs.mjs cdc-consumer links/cdc-consumer/@sluice

FROM base AS production-dependencies
WORKDIR /app
COPY --from=manifests /app ./
COPY deploy/prune-dependencies.mjs deploy/
RUN npm ci --omit=dev && node deploy/prune-dependencies.mjs node_modules

# Nothing here or below needs a shell. The files stay root's: the app can read them, not change them.
FROM base AS runtime
WORKDIR /app
# Listening on every address makes ADMIN_TOKEN required: without one the app says so and exits with 78.
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0
COPY --from=production-dependencies /app/node_modules node_modules
COPY package.json deploy/health-check.mjs ./
USER node

# The streams' file is expected at /app/sluice.yaml, or where SLUICE_CONFIG says.
FROM runtime AS cdc-producer
ENV PRODUCER_HTTP_PORT=3000
EXPOSE 3000
COPY sluice.example.yaml ./
COPY --from=build /app/dist/cdc-producer dist/cdc-producer
COPY --from=build /app/links/cdc-producer node_modules
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "health-check.mjs", "PRODUCER_HTTP_PORT"]
ENTRYPOINT ["node", "--max-semi-space-size=16", "dist/cdc-producer/apps/cdc-producer/src/main.js"]

# Other handlers: mount their folder below /app, where their imports are found, and name it in SLUICE_HANDLERS.
FROM runtime AS cdc-consumer
ENV CONSUMER_HTTP_PORT=3001
EXPOSE 3001
COPY --from=build /app/dist/cdc-consumer dist/cdc-consumer
COPY --from=build /app/links/cdc-consumer node_modules
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "health-check.mjs", "CONSUMER_HTTP_PORT"]
ENTRYPOINT ["node", "--max-semi-space-size=16", "dist/cdc-consumer/apps/cdc-consumer/src/main.js"]
