# The example as an image: docker build -t nworkers . && docker run -p 8000:8000 --read-only nworkers
# docs/container.md tells what of this an app of your own needs.

FROM node:24-bookworm-slim AS build
WORKDIR /nworkers
COPY package.json package-lock.json .npmrc ./
COPY examples/inference-app/package.json examples/inference-app/
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
# Node as PID 1 does not reap strays; tini does, and passes signals on.
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /nworkers
COPY --from=build /nworkers ./
USER node
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9000/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "bin/nworkers.js"]
CMD ["-w", "auto", "-b", ":8000", "--admin", "9000", "examples/inference-app:app"]
