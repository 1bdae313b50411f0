import json
from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

AT = {"format": "auditd", "logged_at": "2024-05-01T10:00:00.243000"}
CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "type=SYSCALL msg=audit(1714557600.243:24287): arch=c000003e syscall=2 success=no exit=-13 a1=0 ppid=2686 "
        'pid=3538 auid=1000 uid=1001 tty=pts0 comm="cat" exe="/bin/cat" key="sshd_config"',
        {"pid": 3538, "user_id": "1001", "logger": "cat"}
        | {
            "attrs": {
                **{"type": "SYSCALL", "serial": "24287", "arch": "c000003e", "syscall": 2, "success": "no"},
                **{"exit": -13, "a1": 0, "ppid": 2686, "auid": 1000, "tty": "pts0", "exe": "/bin/cat"},
                "key": "sshd_config",
            }
        },
    ),
    (
        "node=web-1 type=USER_LOGIN msg=audit(1714557600.243:5): pid=7 uid=0 auid=4294967295 "
        'msg=\'op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed\'',
        {"hostname": "web-1", "pid": 7, "user_id": "0", "client_ip": "192.0.2.7"}
        | {
            "attrs": {
                **{"type": "USER_LOGIN", "serial": "5", "auid": 4294967295, "op": "login", "acct": "root"},
                **{"exe": "/usr/sbin/sshd", "hostname": "?", "addr": "192.0.2.7", "terminal": "ssh", "res": "failed"},
            }
        },
    ),
    (
        'type=PATH msg=audit(1714557600.243:6): item=0 name="/etc/passwd" inode=12\x1dOUID="root"',
        {"attrs": {"type": "PATH", "serial": "6", "item": 0, "name": "/etc/passwd", "inode": 12, "OUID": "root"}},
    ),
    ("type=EOE msg=audit(1714557600.243:7):", {"attrs": {"type": "EOE", "serial": "7"}}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_auditd(line: str, expected: dict[str, Any]) -> None:
    record = read(line)
    record["attrs"] = json.loads(record["attrs"])
    assert record == AT | {"message": line} | expected
