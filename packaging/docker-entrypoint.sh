#!/bin/sh
# Starts cutaway in a container.
#
# Without a config file it listens on all addresses of the container and serves without a password, since 127.0.0.1 in a
# container can be reached from nowhere else: which addresses can reach it is decided by `docker run -p` and the network.
# Set --requirepass if others can. A config file says for itself what is listened on.
set -eu

case "${1-}" in
'' | -*) set -- cutaway --bind '*' '-::*' --protected-mode no "$@" ;;
sh | bash | cutaway) ;;
*) set -- cutaway "$@" ;;
esac
exec "$@"
