#!/bin/sh
# Starts a redis-server as the laboratory starts a program: `cutaway lab -- docs/lab/redis.sh`. REDIS names another executable.
exec "${REDIS:-redis-server}" --port "$PORT" --dir "${DIR:-$(mktemp -d)}" --appendonly "${APPENDONLY:-no}" --save ''
