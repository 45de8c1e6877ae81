# The next version of a service, as far as a rollout sees it: another image of the same code.
ARG FROM
FROM ${FROM}
LABEL org.opencontainers.image.version="next"
