# A version that does not start, whatever it is asked to do.
ARG FROM
FROM ${FROM}
ENTRYPOINT ["node", "-e", "console.error('this version is broken'); process.exit(1)"]
