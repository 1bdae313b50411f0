#!/bin/sh
# Runs a command with the cluster's cookie where Erlang looks for it: in a file that nobody else may read.
set -eu
umask 377
rm -f "$HOME/.erlang.cookie"
cat /run/secrets/erlang_cookie >"$HOME/.erlang.cookie"
umask 022
exec "$@"
