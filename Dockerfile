# One image for both programs: `node dist/web.js` (as it is) and `node dist/api.js`.
# Any other base with Node.js 20.19 or newer will do: --build-arg NODE_IMAGE=…
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY views views
COPY public public
COPY --from=build /app/dist dist
# By number: Kubernetes cannot tell whether a name is root's (runAsNonRoot).
USER 1000:1000
EXPOSE 5000 6060
# Asks whichever of the two programs runs here.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", \
  "Promise.any([process.env.PORT || 5000, process.env.API_PORT || 6060].map((port) => fetch(`http://127.0.0.1:${port}/health`))).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell and no npm in between: Node gets SIGTERM itself, and stops in order. Give it time: docker stop --time 30
CMD ["node", "dist/web.js"]
