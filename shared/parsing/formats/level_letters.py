"""Heads whose level is but a letter or two, or stands where no other has it.

Layouts of the text behind the time, in groups behind claims that are decided in its first bytes.
"""

from shared.parsing.choice import Choice, Family, Precedence
from shared.parsing.formats.level_pieces import DOTTED, MESSAGE, NAME, NAME_ENDS, TEXT, THREAD, keyed
from shared.parsing.severity import ANY_LEVEL, UPPER_LEVEL

_LETTER = r"^[\])]?[ \t|:]+(?P<level>[DWEFVI])[ \t]+"
LETTERED = Family(
    r"^[\])]?[ \t|:]+(?:[DWEFV][ \t]+[0-9A-Za-z\[(<\"'/]|I[ \t]+(?:[\[(]|[A-Za-z_][0-9A-Za-z_.$/-]*:[ \t]))",
    Precedence(
        keyed(
            ("level", rf"{_LETTER}{THREAD}[ \t:]*{NAME}{NAME_ENDS}{MESSAGE}"),
            ("level", rf"{_LETTER}{THREAD}[ \t]*:?{TEXT}"),
            ("level", rf"{_LETTER}(?P<logger>{DOTTED}+|[a-z][a-z0-9_]*){NAME_ENDS}{MESSAGE}"),
            ("level", rf"{_LETTER}{TEXT}"),
        )
    ),
)
"""A capital: "I" also is a word, so only before a column or a name."""

PLACED = Family(
    r"^(?:\]?[ ]<[0-9]+>[ ]|\]\[[0-9]+\]\[|[ ](?:\[[0-9]+\] (?:LOG|NOISE) |[A-Z][a-z]\([0-9]+\) |p=[0-9]+ ))",
    Precedence(
        keyed(
            # Veeam
            ("level", rf"^\]?[ ]<(?P<thread>[0-9]+)>[ ]+(?P<level>{ANY_LEVEL})[ ]{{2,}}{TEXT}"),
            # Envoy and what else uses spdlog
            (
                "level",
                rf"^\]\[(?P<pid>[0-9]+)\]\[(?P<level>{ANY_LEVEL})\]\[(?P<logger>[^\[\] ]+)\]"
                rf"(?:[ ]\[(?P<caller>[^\[\] ]+:[0-9]+)\])?{TEXT}",
            ),
            # PgBouncer
            ("level", rf"^[ ]\[(?P<pid>[0-9]+)\] (?P<level>LOG|NOISE) {TEXT}"),
            # ESXi: by syslog's priority
            ("pri", rf"^[ ][A-Z][a-z]\((?P<pri>[0-9]+)\) (?P<logger>[^ \[:]+)(?:\[(?P<pid>[0-9]+)\])?:{TEXT}"),
            # Ansible
            (
                "pid",
                r"^[ ]p=(?P<pid>[0-9]+) u=(?P<user_id>[^ ]+) n=(?P<logger>[^ |]+)[ ]?"
                rf"(?:(?P<level>{UPPER_LEVEL})[ ]*)?\|{TEXT}",
            ),
        )
    ),
)
SHORT_LEVELS: tuple[Choice, ...] = (LETTERED, PLACED)
