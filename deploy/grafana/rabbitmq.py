"""RabbitMQ: its queues, what goes through them, and what its nodes have in use."""

from deploy.grafana.panels import Dashboard, Row, graph, stat
from deploy.grafana.queries import Metric, rate_of

NODE = '* on (instance, job) group_left (rabbitmq_node) rabbitmq_identity_info{job="rabbitmq"}'
"""Adds the node's name to a series of a node."""
QUORUM = 'queue_type="rabbit_quorum_queue"'


def of_node(expr: str, legend: str = "") -> Metric:
    """A number a node gives, under the node's name."""
    return Metric(f"{expr} {NODE}", f"{{{{rabbitmq_node}}}} {legend}".strip())


NOW = Row(
    "Now",
    (
        stat(
            "Nodes",
            "Nodes that answer Prometheus.",
            "short",
            Metric('sum(up{job="rabbitmq"})', "nodes"),
        ),
        stat(
            "Memory alarm",
            "1: publishers are blocked until memory is freed.",
            "short",
            Metric("max(rabbitmq_alarms_memory_used_watermark)", "alarm"),
            thresholds=((1, "red"),),
        ),
        stat(
            "Disk alarm",
            "1: publishers are blocked until there is room on the disk.",
            "short",
            Metric("max(rabbitmq_alarms_free_disk_space_watermark)", "alarm"),
            thresholds=((1, "red"),),
        ),
        stat(
            "File alarm",
            "1: no more connections are taken, too many files are open.",
            "short",
            Metric("max(rabbitmq_alarms_file_descriptor_limit)", "alarm"),
            thresholds=((1, "red"),),
        ),
        stat(
            "Connections",
            "Of the suite, and of whoever else uses these nodes.",
            "short",
            Metric("sum(rabbitmq_connections)", "connections"),
        ),
        stat("Channels", "Channels of all connections.", "short", Metric("sum(rabbitmq_channels)", "channels")),
    ),
)
QUEUES = Row(
    "Queues",
    (
        graph(
            "Messages ready",
            "Messages nobody has taken yet.",
            "short",
            Metric(
                'max by (vhost, queue) (rabbitmq_detailed_queue_messages_ready{queue=~"logs_ingest.*"})', "{{queue}}"
            ),
            stacked=True,
        ),
        graph(
            "Messages in hand",
            "Messages delivered and not settled: those workers work on, and their prefetched ones.",
            "short",
            Metric(
                'max by (vhost, queue) (rabbitmq_detailed_queue_messages_unacked{queue=~"logs_ingest.*"})', "{{queue}}"
            ),
            stacked=True,
        ),
        graph(
            "Consumers",
            "Consumers of each queue.",
            "short",
            Metric("logmill:queue_consumers", "{{queue}}"),
        ),
    ),
)
MESSAGES = Row(
    "Messages",
    (
        graph(
            "In",
            "Published, and confirmed to the publisher; they run together when all is well.",
            "cps",
            rate_of("rabbitmq_global_messages_received_total", "published"),
            rate_of("rabbitmq_global_messages_confirmed_total", "confirmed"),
            rate_of("rabbitmq_global_messages_unroutable_returned_total", "returned: no queue"),
        ),
        graph(
            "Out",
            "Delivered from quorum queues, and acknowledged. Redelivered: whoever had them ended.",
            "cps",
            rate_of("rabbitmq_global_messages_delivered_total", "delivered", QUORUM),
            rate_of("rabbitmq_global_messages_acknowledged_total", "acknowledged", QUORUM),
            rate_of("rabbitmq_global_messages_redelivered_total", "redelivered", QUORUM),
        ),
        graph(
            "Dead-lettered",
            "By cause: `expired` is a batch whose pause before the next try is over, anything else a dead letter.",
            "cps",
            *(
                rate_of(f"rabbitmq_global_messages_dead_lettered_{cause}_total", cause, QUORUM)
                for cause in ("expired", "rejected", "delivery_limit")
            ),
        ),
    ),
)
NODES = Row(
    "Nodes",
    (
        graph(
            "Memory",
            "Memory in use, as a part of what sets off the alarm.",
            "percentunit",
            of_node("rabbitmq_process_resident_memory_bytes / rabbitmq_resident_memory_limit_bytes"),
            thresholds=((0.8, "orange"), (1, "red")),
        ),
        graph(
            "Free disk space",
            "Free space, and the limit below which nothing is taken in.",
            "bytes",
            of_node("rabbitmq_disk_space_available_bytes", "free"),
            of_node("rabbitmq_disk_space_available_limit_bytes", "limit"),
        ),
        graph(
            "Open files",
            "Open files and sockets, as a part of what the node may open.",
            "percentunit",
            of_node("rabbitmq_process_open_fds / rabbitmq_process_max_fds"),
            thresholds=((0.9, "red"),),
        ),
        graph(
            "Erlang processes",
            "As a part of how many there may be.",
            "percentunit",
            of_node("rabbitmq_erlang_processes_used / rabbitmq_erlang_processes_limit"),
            thresholds=((0.9, "red"),),
        ),
        graph(
            "Connections and channels",
            "Opened and closed again and again: somebody reconnects in a circle.",
            "cps",
            rate_of("rabbitmq_connections_opened_total", "connections opened"),
            rate_of("rabbitmq_connections_closed_total", "connections closed"),
            rate_of("rabbitmq_channels_opened_total", "channels opened"),
            rate_of("rabbitmq_channels_closed_total", "channels closed"),
        ),
        graph(
            "Uptime",
            "Since each node was started.",
            "s",
            of_node("rabbitmq_erlang_uptime_seconds"),
        ),
    ),
)

DASHBOARD = Dashboard(
    uid="logmill-rabbitmq",
    title="logmill: RabbitMQ",
    description="RabbitMQ's queues, what goes through them, and what its nodes have in use.",
    rows=(NOW, QUEUES, MESSAGES, NODES),
)
