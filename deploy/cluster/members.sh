#!/bin/sh
# Gives each quorum queue a member on every node, and each node its share of the leaders; waits until all nodes run.
# Changes nothing where that is so. Run at each start, and after a node was replaced or was long away.
set -eu
nodes="rabbit@rabbitmq-1 rabbit@rabbitmq-2 rabbit@rabbitmq-3"
first=${nodes%% *}

until rabbitmqctl --quiet --node "$first" await_online_nodes 3 --timeout 60 >/dev/null 2>&1; do
    echo "waiting for three nodes that run"
    sleep 5
done
for node in $nodes; do
    rabbitmq-queues --quiet --node "$first" grow "$node" all
done
rabbitmq-queues --quiet --node "$first" rebalance quorum >/dev/null
