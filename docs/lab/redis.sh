#!/bin/sh
# Starts a redis-server as the laboratory starts a program: `cutaway lab -- docs/lab/redis.sh`. REDIS names another executable.
# Under appendfsync everysec a redis-server that is killed during an fsync may lose what it has answered: so it syncs always.
exec "${REDIS:-redis-server}" --port "$PORT" --dir "${DIR:-$(mktemp -d)}" --appendonly "${APPENDONLY:-no}" --save '' --appendfsync always
