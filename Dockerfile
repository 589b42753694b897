# The headless gateway. Data, keys and WhatsApp profiles live in /data: give it a volume.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends chromium tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/main/modular-gateway.mjs main/
COPY --from=build /app/scripts/build-when-stale.mjs scripts/
COPY --from=build /app/docs docs
COPY --from=build /app/php/modular-gateway.php php/
COPY --from=build /app/package.json ./
ENV NODE_ENV=production GATEWAY_DATA_DIR=/data PUPPETEER_EXECUTABLE_PATH=/usr/bin/chromium
RUN mkdir /data && chown node /data
USER node
VOLUME /data
EXPOSE 3001
HEALTHCHECK --interval=30s --timeout=5s CMD node -e "fetch('http://127.0.0.1:'+(process.env.PORT||3001)+'/health').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
# tini reaps the browsers' children; PID 1 has no other parent for them.
ENTRYPOINT ["tini", "--", "node", "main/modular-gateway.mjs"]
CMD ["serve"]
