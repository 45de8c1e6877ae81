# Sillage's images, one target each: gateway, auth, sensors, worker, inference, inference-cuda, and the edge agent's.
# scripts/images builds them all; docs/images.md tells what is in them.
#
# Every image is Node's slim one, a layer that all services share, and a layer of the service's own: nothing runs in the
# final stages, so that they need no shell and the same sources give the same layers.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${NODE_IMAGE} AS tools
# Nothing of a dependency runs at install time: the CUDA provider comes into the image that wants it, by its own stage.
ENV ONNXRUNTIME_NODE_INSTALL=skip
RUN npm install --global --no-audit --no-fund --loglevel=error pnpm@12.21.0
WORKDIR /build
# Packages are brought once per lockfile.
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN pnpm fetch --reporter=append-only

FROM tools AS build
COPY package.json tsconfig.base.json ./
COPY protos protos
COPY packages packages
COPY services services
COPY scripts/package.json scripts/package.json
COPY scripts/src/images scripts/src/images
COPY models models
RUN pnpm install --offline --frozen-lockfile --reporter=append-only \
  && pnpm --filter @sillage/contracts run generate \
  && pnpm exec tsc -b services/* \
  && pnpm --filter @sillage/console run bundle \
  && node scripts/src/images/assemble.ts /layers \
  && mkdir /layers/writable

# The CUDA provider and its libraries, from PyPI by hash: the one place that has both the provider and its core.
FROM ${NODE_IMAGE} AS cuda
# It unpacks the wheels and is not in the image.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3-pip \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /cuda
COPY services/inference/cuda/requirements.txt ./
RUN python3 -m pip download --quiet --no-deps --require-hashes --only-binary=:all: --dest wheels -r requirements.txt \
  && for wheel in wheels/*.whl; do python3 -m zipfile -e "$wheel" unpacked || exit 1; done \
  && mkdir lib \
  && mv unpacked/nvidia/*/lib/*.so.* lib/ \
  && mv unpacked/onnxruntime/capi/libonnxruntime_providers_shared.so \
        unpacked/onnxruntime/capi/libonnxruntime_providers_cuda.so lib/ \
  && mv unpacked/onnxruntime/capi/libonnxruntime.so.1.* lib/libonnxruntime.so.1 \
  && rm -rf wheels unpacked lib/*.alt.so.* lib/libnvblas.so.* lib/libcufftw.so.* \
  && chmod 644 lib/*
# ONNX Runtime looks for its provider beside itself.
WORKDIR /inference
RUN --mount=type=bind,from=build,source=/layers/inference,target=/inference \
  beside=$(dirname node_modules/.pnpm/onnxruntime-node@*/node_modules/onnxruntime-node/bin/napi-*/linux/x64/onnxruntime_binding.node) \
  && mkdir -p "/layer/app/$beside" /layer/opt/cuda \
  && mv /cuda/lib/libonnxruntime* "/layer/app/$beside/" \
  && mv /cuda/lib /layer/opt/cuda/lib

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production
COPY --from=build /layers/shared /app
# A number, so that Kubernetes can see that it is not root.
USER 1000:1000
ENTRYPOINT ["node", "dist/index.js"]
ARG VERSION=0.1.0
ARG REVISION=unknown
# What metrics and traces say of themselves.
ENV SERVICE_VERSION=${VERSION}
LABEL org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.vendor="Sillage"

FROM runtime AS auth
LABEL org.opencontainers.image.title="sillage/auth" \
  org.opencontainers.image.description="Tenants, keys, tiers, quotas and the audit log"
WORKDIR /app/services/auth
COPY --from=build /layers/auth /app
EXPOSE 50051 9464

FROM runtime AS sensors
LABEL org.opencontainers.image.title="sillage/sensors" \
  org.opencontainers.image.description="Electronic noses: devices, readings, calibration and what they smell"
WORKDIR /app/services/sensors
COPY --from=build /layers/sensors /app
EXPOSE 50053 9464

FROM runtime AS worker
LABEL org.opencontainers.image.title="sillage/worker" \
  org.opencontainers.image.description="Chunks of batch jobs"
WORKDIR /app/services/worker
COPY --from=build /layers/worker /app
# Where a volume for results is mounted, it begins as the user's own.
COPY --from=build --chown=1000:1000 /layers/writable /results
EXPOSE 9464

FROM runtime AS gateway
LABEL org.opencontainers.image.title="sillage/gateway" \
  org.opencontainers.image.description="The public door: REST, server-sent events, the Open Inference Protocol and the console"
ENV CONSOLE_DIR=/app/services/console/dist
WORKDIR /app/services/gateway
COPY --from=build /layers/gateway /app
COPY --from=build --chown=1000:1000 /layers/writable /results
EXPOSE 8080 8081 9464

# For a computer beside a sensor; the fleet does not run it.
FROM runtime AS edge
LABEL org.opencontainers.image.title="sillage/edge" \
  org.opencontainers.image.description="Readings of an electronic nose to a fleet: nothing lost, nothing twice"
ENV EDGE_SPOOL=/spool/edge.db \
  HOST=0.0.0.0
WORKDIR /app/services/edge
COPY --from=build /layers/edge /app
# Readings wait here while the network is away: a volume.
COPY --from=build --chown=1000:1000 /layers/writable /spool
EXPOSE 9464

FROM runtime AS inference
LABEL org.opencontainers.image.title="sillage/inference" \
  org.opencontainers.image.description="Odours of molecules, molecules of odours, smells of sensors"
# As inferenceRuntime in scripts/src/fleet/lone-inference.ts: without these it is 100 MB larger and no faster.
ENV NODE_OPTIONS=--max-semi-space-size=8 \
  MALLOC_ARENA_MAX=2 \
  MALLOC_MMAP_THRESHOLD_=2097152 \
  MALLOC_TRIM_THRESHOLD_=8388608 \
  MODEL_PATH=/models
WORKDIR /app/services/inference
COPY --from=build /layers/inference /app
COPY --from=build --chown=1000:1000 /layers/writable /cache
# Models change seldom and apart from the code: a layer of their own, above which a volume may be mounted.
COPY models /models
EXPOSE 50052 9464

# For nodes with an NVIDIA GPU; linux/amd64 alone. DEVICE=cuda refuses to start without a GPU, auto goes on with the CPU.
FROM inference AS inference-cuda
LABEL org.opencontainers.image.title="sillage/inference-cuda"
ENV DEVICE=cuda \
  LD_LIBRARY_PATH=/opt/cuda/lib \
  NVIDIA_VISIBLE_DEVICES=all \
  NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=cuda /layer /
COPY --from=build /layers/inference-cuda /app
