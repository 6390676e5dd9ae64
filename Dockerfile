# Two images: sluice (the command line, compiled, as an unprivileged user) and postgres (with pg_cron).

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --workspaces=false
COPY tsconfig.json tsconfig.build.json ./
COPY cli ./cli
COPY generator ./generator
COPY ingest ./ingest
COPY local ./local
COPY models ./models
COPY refresh ./refresh
RUN npm run build

FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --workspaces=false

FROM postgres:17-bookworm AS postgres
RUN apt-get update \
  && apt-get install --yes --no-install-recommends postgresql-17-cron \
  && rm -rf /var/lib/apt/lists/*

# The last stage is what a plain `docker build .` makes.
FROM node:22-bookworm-slim AS sluice
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY migrations ./migrations
COPY views ./views
COPY --from=build /app/dist ./
COPY cli/sluice.mjs ./cli/sluice.mjs
USER node
ENTRYPOINT ["node", "cli/sluice.mjs"]
CMD ["run"]
