"""Heads that are like no others: those of Kafka, Elasticsearch, the JVM, Celery, RabbitMQ, macOS, WebSphere and more.

Layouts of the text behind the time, all of them behind one claim: their beginnings are peculiar.
"""

from shared.parsing.choice import Family, Precedence
from shared.parsing.formats.level_pieces import BRACKETED, DOTTED, LEVEL, REST, TEXT, keyed
from shared.parsing.severity import ANY_LEVEL, UPPER_LEVEL

APPLE_ORIGIN = r"(?:[ ]+\((?P<library>[^)]*)\))?(?:[ ]+\[(?P<context>[^\]]*)\])?"
BEGINS = (
    r"^(?:\][ ]*[A-Z]+ .*\)$|\]?[ ]*\[[A-Za-z0-9. ]*\]\[|[,:] ?[A-Z]+/|[ ]*[\[(<][ ]*[A-Za-z]+[ ]*[\])>][ ]*<[0-9]|"
    r" 0x[0-9a-f]+ |[ ]+(?:Df|Db|In|Er|Ft|[AIEF] ) |\][ ]+[0-9a-f]{8}[ ]|>[ ]<|,[ ]+[0-9]|[ ][^ @]+@[^ ]+ <[0-9.]+>|"
    r"\] (?:[A-Z]+\[|[A-Z] \[|\[[A-Z]+\] \[[^\]]+:[0-9]+\] \[|\[[^\]]*/[A-Z]+\])|\]\[[ 0-9]+\]|: [A-Z] |"
    r" (?:[A-Z] \||[A-Z]!|[a-z-]+: [a-z]+[: ]|[A-Z][A-Za-z]* \([a-z]+\):|[a-z]+ [^ \[]+\[|"
    r"\([^()]*\) \[[A-Z]+ -|kid[0-9]))"
)
_PECULIAR = keyed(
    # Kafka: the logger behind the message
    ("level", rf"^\][ ]*{LEVEL}(?P<message>.*) \((?P<logger>{DOTTED}+)\)$"),
    # Elasticsearch, Logstash, Kibana: columns without a blank between them, then the node
    (
        "level",
        rf"^\]?[ ]*\[(?P<level>{UPPER_LEVEL})[ ]*\]\[(?P<logger>[^\] ]*)[ ]*\](?:\[(?P<thread>[^\] ]*)\])?"
        rf"(?:[ ]+\[(?P<node>[^\] ]+)\](?:[ ]+|$))?[ ]*{REST}",
    ),
    # the JVM's own
    ("level", rf"^\](?:\[[0-9.]+m?s\])?\[(?P<level>{ANY_LEVEL})[ ]*\]\[(?P<logger>[a-z0-9,+_]+)[ ]*\]{TEXT}"),
    # Celery
    ("level", rf"^[,:] ?(?P<level>{UPPER_LEVEL})/(?P<process>[^\]]+)\]{TEXT}"),
    # RabbitMQ, VerneMQ
    ("level", rf"^[ ]*{BRACKETED}[ ]*<(?P<process>[0-9.]+)>(?:@(?P<logger>[^ ]+))?{TEXT}"),
    ("node", rf"^[ ](?P<node>[^ @]+@[^ ]+)[ ]<(?P<process>[0-9.]+)>[ ](?:-+|[0-9a-f]+){TEXT}"),
    # Asterisk
    (
        "level",
        rf"^\][ ](?P<level>{UPPER_LEVEL})\[(?P<pid>[0-9]+)\](?:\[(?P<context>[^\]]*)\])?:?[ ]"
        rf"(?P<logger>[a-z0-9_]+\.c)(?::[0-9]+)?(?:[ ][a-z0-9_]+)?:{TEXT}",
    ),
    # GlusterFS, TensorFlow, etcd, Telegraf
    (
        "level",
        r"^\][ ](?P<level>[A-Z])[ ](?:\[MSGID: (?P<message_id>[0-9]+)\][ ])?\[(?P<caller>[^\]]*)\][ ]"
        rf"(?P<logger>[^ :]+):{TEXT}",
    ),
    ("level", rf"^:[ ](?P<level>[DIWEF])[ ](?P<logger>[^ \]]+:[0-9]+)\]{TEXT}"),
    ("level", rf"^[ ](?P<level>[DINWECF])[ ]\|[ ](?P<logger>[^ :]+):{TEXT}"),
    ("level", rf"^[ ](?P<level>[DIWE])!{TEXT}"),
    # TiDB
    (
        "level",
        rf"^\][ ]\[(?P<level>{UPPER_LEVEL})\][ ]\[(?P<logger>[^\]]+:[0-9]+)\][ ]\[\"?(?P<message>[^\]]*?)\"?\]"
        r"(?:[ ](?P<context>\[.*\]))?$",
    ),
    # BIND, Puppet, vSphere, Flume
    ("level", rf"^[ ](?P<logger>[a-z][a-z-]*):[ ](?P<level>{ANY_LEVEL})(?:[ ][0-9]+)?:{TEXT}"),
    ("level", rf"^[ ](?P<logger>[A-Z][A-Za-z]*)[ ]\((?P<level>{ANY_LEVEL})\):{TEXT}"),
    (
        "level",
        rf"^[ ](?P<level>{ANY_LEVEL}|trivia)[ ](?P<logger>[^ \[]+)\[(?P<pid>[0-9]+)\]"
        rf"(?:[ ]\[(?P<context>[^\]]*)\])?{TEXT}",
    ),
    ("level", rf"^[ ]\((?P<thread>[^()]*)\)[ ]\[(?P<level>{UPPER_LEVEL})[ ]-[ ](?P<caller>[^\]]*)\]{TEXT}"),
    # Minecraft, Unreal
    ("level", rf"^\][ ]\[(?P<thread>[^\]]*)/(?P<level>{UPPER_LEVEL})\](?:[ ]\[(?P<logger>[^\]]*)\])?:{TEXT}"),
    (
        "logger",
        rf"^\]\[[ 0-9]+\](?P<logger>[A-Za-z0-9_]+):(?:[ ](?P<level>Verbose|Warning|Error|Fatal):)?{TEXT}",
    ),
    # Squid's workers
    ("process", rf"^[ ](?P<process>kid[0-9]+)\|{TEXT}"),
    # macOS: `log show`, and its compact style
    (
        "level",
        r"^ 0x(?P<thread>[0-9a-f]+)[ ]+(?P<level>[A-Z][a-z]+)[ ]+0x[0-9a-f]+[ ]+(?P<pid>[0-9]+)[ ]+[0-9]+[ ]+"
        rf"(?P<logger>[^:]+):{APPLE_ORIGIN}{TEXT}",
    ),
    (
        "pid",
        r"^[ ]+(?:Df|Db|In|Er|Ft|A |I |E |F )[ ]*(?P<logger>[^\[]+)\[(?P<pid>[0-9]+)(?::(?P<thread>[0-9a-f]+))?\]"
        rf"{APPLE_ORIGIN}{TEXT}",
    ),
    # WebSphere
    (
        "logger",
        rf"^\][ ]+(?P<thread>[0-9a-f]{{8}})[ ]+(?P<logger>[^ ]+)[ ]+(?:(?P<level>[FEWID])|[A-Z0-9<>])[ ]+{REST}",
    ),
    # WebLogic
    (
        "level",
        r"^>[ ]<(?P<level>[A-Za-z]+)>[ ]<(?P<logger>[^>]*)>[ ](?:<(?P<hostname>[^>]*)>[ ]<(?P<server>[^>]*)>[ ]"
        r"<(?P<thread>(?:[^<>]|<[^<>]*>)*)>[ ]<.*>[ ])?<(?P<message_id>[A-Z]+-[0-9]+)>[ ]<(?P<message>.*?)>?[ ]?$",
    ),
    # Samba
    (
        "debug_level",
        r"^,[ ]+(?P<debug_level>[0-9]+)(?:,[^\]]*)?\](?:[ ]+(?P<logger>[^ ]+\([^)]*\)))?[ ]*(?P<message>.*)$",
    ),
)
PECULIAR = Family(BEGINS, Precedence(_PECULIAR))
