from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "20240102-12:00:00:606|Walk_A|3000|onChanged 35",
        {"logged_at": "2024-01-02T12:00:00.606000", "message": "onChanged 35", "logger": "Walk_A", "pid": 3000},
    ),
    (
        "20240102-0:7:20:444|Walk_A|3000|REPORT : 70 50",
        {"logged_at": "2024-01-02T00:07:20.444000", "message": "REPORT : 70 50"},
    ),
    (
        "20240102-0:7:20:4|Walk_A|3000|REPORT : 70 | 50",
        {"logged_at": "2024-01-02T00:07:20.004000", "message": "REPORT : 70 | 50"},
    ),
    (
        "[10.30 16:49:06] browser.exe - www.example.net:443 open through proxy.example.net:3128",
        {
            "logged_at": "2025-10-30T16:49:06",
            "message": "www.example.net:443 open through proxy.example.net:3128",
            "logger": "browser.exe",
        },
    ),
    (
        "[10.30 16:54:08] browser.exe *64 - www.example.net:443 close, 12 bytes - x",
        {
            "logged_at": "2025-10-30T16:54:08",
            "message": "www.example.net:443 close, 12 bytes - x",
            "logger": "browser.exe *64",
        },
    ),
    (
        "24/01/02 12:00:00 INFO executor.Backend: handlers for [TERM, HUP]",
        {"logged_at": "2024-01-02T12:00:00", "severity": 9, "message": "handlers for [TERM, HUP]"},
    ),
    (
        "24/01/02 12:00:00 INFO Configuration.old: a.b is old. Instead, use x",
        {"logged_at": "2024-01-02T12:00:00", "severity": 9, "message": "a.b is old. Instead, use x"},
    ),
    (
        "2024-01-02 12:00:00, Info                  CBS    Loaded Stack v6",
        {"logged_at": "2024-01-02T12:00:00", "severity": 9, "message": "Loaded Stack v6", "logger": "CBS"},
    ),
    (
        "2024-01-02 12:00:00, Info                  CSI    00000001@2024/1/2:11:00:00.455 Initialize (x.dll) called",
        {
            "logged_at": "2024-01-02T12:00:00",
            "severity": 9,
            "message": "00000001@2024/1/2:11:00:00.455 Initialize (x.dll) called",
            "logger": "CSI",
        },
    ),
    (
        "2024-01-02 12:00:00, Info                         Empty component here",
        {"logged_at": "2024-01-02T12:00:00", "severity": 9, "message": "Empty component here"},
    ),
    (
        "240102 120000 148 INFO dfs.DataNode$Responder: done with block 3",
        {"logged_at": "2024-01-02T12:00:00", "severity": 9, "message": "done with block 3"},
    ),
    (
        "[2024-01-01 10:00:00] [info] [4711] message text",
        {"logged_at": "2024-01-01T10:00:00", "severity": 9, "message": "message text", "pid": 4711},
    ),
    (
        "01-Jan-2024 00:00:00.123 INFO [main] org.apache.catalina.startup.VersionLoggerListener.log "
        "Server version name:   Apache Tomcat",
        {
            "logged_at": "2024-01-01T00:00:00.123000",
            "severity": 9,
            "message": "Server version name:   Apache Tomcat",
            "logger": "org.apache.catalina.startup.VersionLoggerListener.log",
        },
    ),
    (
        "2024-01-01 10:00:00.123+0000 [id=32]\tINFO\thudson.WebAppMain$3#run: Jenkins is fully up and running",
        {
            "logged_at": "2024-01-01T10:00:00.123000",
            "severity": 9,
            "message": "Jenkins is fully up and running",
            "logger": "hudson.WebAppMain$3#run",
        },
    ),
    (
        "2024-01-01 10:00:00,123 INFO spawned: 'app' with pid 12",
        {"logged_at": "2024-01-01T10:00:00.123000", "severity": 9, "message": "spawned: 'app' with pid 12"},
    ),
    (
        "2024-01-01 10:00:00,123 INFO success: app entered RUNNING state",
        {"logged_at": "2024-01-01T10:00:00.123000", "severity": 9, "message": "success: app entered RUNNING state"},
    ),
    (
        "[2024-01-01 00:00:00 +0000] [123] [INFO] Booting worker with pid: 123",
        {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "Booting worker with pid: 123", "pid": 123},
    ),
    ("[12345.678901][    T1] usb 1-1: new device", {"message": "usb 1-1: new device"}),
    (
        "[Mon Jan  1 00:00:00 2024] usb 1-1: new device",
        {"logged_at": "2024-01-01T00:00:00", "message": "usb 1-1: new device"},
    ),
    (
        "2024-01-01 10:00:00 install libc6:amd64 <none> 2.36",
        {"logged_at": "2024-01-01T10:00:00", "message": "install libc6:amd64 <none> 2.36"},
    ),
    (
        "2024-01-01 10:00:00 1abcDE-000123-Fg <= user@example.com H=x [192.0.2.1]",
        {"logged_at": "2024-01-01T10:00:00", "message": "1abcDE-000123-Fg <= user@example.com H=x [192.0.2.1]"},
    ),
    (
        "Mon Jan  1 00:00:00 2024 us=123 Initialization Sequence Completed",
        {"logged_at": "2024-01-01T00:00:00.000123", "message": "Initialization Sequence Completed"},
    ),
    (
        "2024-01-01 00:00:00 us=123456 TLS: Initial packet",
        {"logged_at": "2024-01-01T00:00:00.123456", "message": "TLS: Initial packet"},
    ),
    (
        "2024-01-01 10:00:00.1234|INFO|My.App.Logger|Hello|world",
        {"logged_at": "2024-01-01T10:00:00.123400", "severity": 9, "message": "world"},
    ),
    (
        "2024-01-01 10:00:00.1234|INFO|My.App.Logger|Hello world | again",
        {
            "logged_at": "2024-01-01T10:00:00.123400",
            "severity": 9,
            "message": "Hello world | again",
            "logger": "My.App.Logger",
        },
    ),
    (
        "2024-01-01 10:00:00.123 | INFO | 1234 | main | c.e.Foo | Some message",
        {
            "logged_at": "2024-01-01T10:00:00.123000",
            "severity": 9,
            "message": "Some message",
            "pid": 1234,
            "logger": "c.e.Foo",
        },
    ),
    (
        "[1234:5678:0101/100000.123456:ERROR:file.cc(12)] Something broke",
        {
            "logged_at": "2025-01-01T10:00:00.123456",
            "severity": 17,
            "message": "Something broke",
            "pid": 1234,
            "logger": "file.cc(12)",
        },
    ),
    (
        "2024-01-01 10:00:00.123 App[123:4567] Something happened",
        {"logged_at": "2024-01-01T10:00:00.123000", "message": "Something happened", "logger": "App", "pid": 123},
    ),
    (
        "2024-01-01 10:00:00.123456+0100 My App[123:4567] [general] Something happened",
        {"logged_at": "2024-01-01T09:00:00.123456", "message": "Something happened", "logger": "My App", "pid": 123},
    ),
    (
        "2024-01-01T00:00:00.000000+00:00 app[web.1]: Listening on 3000",
        {"logged_at": "2024-01-01T00:00:00", "message": "Listening on 3000", "logger": "app"},
    ),
    (
        '2024-01-01T00:00:00.000000+00:00 heroku[router]: at=info method=GET path="/"',
        {"logged_at": "2024-01-01T00:00:00", "message": 'at=info method=GET path="/"'},
    ),
    (
        "2024-01-01T10:00:00+0100 web-1 kernel: eth0 up",
        {"logged_at": "2024-01-01T09:00:00", "message": "eth0 up", "hostname": "web-1", "logger": "kernel"},
    ),
    (
        "2024-01-01T10:00:00+0100 localhost sshd[12]: eth0 up",
        {"logged_at": "2024-01-01T09:00:00", "message": "eth0 up", "hostname": "localhost", "logger": "sshd"},
    ),
    (
        "Mon 2024-01-01 10:00:00 CET web systemd[1]: Started x",
        {"logged_at": "2024-01-01T09:00:00", "message": "Started x", "hostname": "web", "logger": "systemd", "pid": 1},
    ),
    (
        "Mon Jan  1 00:00:00 2024 daemon.info dnsmasq[123]: started",
        {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "started", "logger": "dnsmasq", "pid": 123},
    ),
    (
        "2024-01-01T00:00:00.123Z [main] INFO com.example.App - hello",
        {"logged_at": "2024-01-01T00:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2024-01-02 12:00:00.123 [http-nio-8080-exec-1] [INFO ] [c.e.Foo] [traceId=abc] - message",
        {"logged_at": "2024-01-02T12:00:00.123000", "severity": 9, "message": "message"},
    ),
    (
        "2024-01-02 12:00:00.123  INFO 1234 --- [my-app] [           main] c.e.Service                : all good",
        {
            "logged_at": "2024-01-02T12:00:00.123000",
            "severity": 9,
            "message": "all good",
            "logger": "c.e.Service",
            "pid": 1234,
        },
    ),
    (
        "2024-01-02 12:00:00.123  INFO [my-app,64a,64b] 1234 --- [           main] c.e.Service          "
        "      : all good",
        {
            "logged_at": "2024-01-02T12:00:00.123000",
            "severity": 9,
            "message": "all good",
            "logger": "c.e.Service",
            "pid": 1234,
        },
    ),
    (
        "2024-01-01 12:00:00.123 INFO (MainThread) [homeassistant.core] Bus:Handling",
        {
            "logged_at": "2024-01-01T12:00:00.123000",
            "severity": 9,
            "message": "Bus:Handling",
            "logger": "homeassistant.core",
        },
    ),
    (
        "2024-01-02 12:00:00,123 root INFO hello there",
        {"logged_at": "2024-01-02T12:00:00.123000", "severity": 9, "message": "hello there", "logger": "root"},
    ),
    (
        "2024-01-02 12:00:00,123 my.app INFO hello there",
        {"logged_at": "2024-01-02T12:00:00.123000", "severity": 9, "message": "hello there", "logger": "my.app"},
    ),
    (
        "2024-01-02 12:00:00,123 werkzeug     INFO     hello there",
        {"logged_at": "2024-01-02T12:00:00.123000", "severity": 9, "message": "hello there", "logger": "werkzeug"},
    ),
    ("2024-01-02 12:00:00,INFO hello", {"logged_at": "2024-01-02T12:00:00", "severity": 9, "message": "hello"}),
    ("2024-01-02 12:00:00Z: hello", {"logged_at": "2024-01-02T12:00:00", "message": "hello"}),
    ("1/2/2024 3:04:05 PM INFO hello", {"logged_at": "2024-01-02T15:04:05", "severity": 9, "message": "hello"}),
    (
        "02.01.2024 12:00:00,123 ERROR hello",
        {"logged_at": "2024-01-02T12:00:00.123000", "severity": 17, "message": "hello"},
    ),
    ("January 2, 2024 at 3:04:05 PM: hello", {"logged_at": "2024-01-02T15:04:05", "message": "hello"}),
    ("Tue, 02 Jan 2024 12:00:00 +0100 hello", {"logged_at": "2024-01-02T11:00:00", "message": "hello"}),
    (
        "@4000000065940a0a07270e00 INFO hello",
        {"logged_at": "2024-01-02T13:05:04.120000", "severity": 9, "message": "hello"},
    ),
    (
        "2024-01-01 00:00:00 [1234:5678] INFO hello",
        {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello"},
    ),
    (
        "2024-01-01 00:00:00 1234:5678 INFO hello",
        {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello", "pid": 1234},
    ),
    (
        "2024-01-01 00:00:00 web-1 INFO hello",
        {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello", "hostname": "web-1"},
    ),
    ("2024-01-01 00:00:00 [worker-1] hello", {"logged_at": "2024-01-01T00:00:00", "message": "hello"}),
    ("2024-01-01 00:00:00 {main} INFO hello", {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello"}),
    ("2024-02-30 00:00:00 INFO hello", {"severity": 9, "message": "hello"}),
    ("10000-01-01 00:00:00 INFO hello", {"severity": 9, "message": "hello"}),
    ("0000-01-01 00:00:00 INFO hello", {"severity": 9, "message": "hello"}),
    ("2024-01-01 24:00:00 INFO hello", {"logged_at": "2024-01-02T00:00:00", "severity": 9, "message": "hello"}),
    ("2024-01-01 00:00:00 <info> hello", {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello"}),
    ("2024-01-01 00:00:00 info hello", {"logged_at": "2024-01-01T00:00:00", "severity": 9, "message": "hello"}),
    (
        '2003-10-11T22:14:15.003Z mymachine app 12 ID47 [x@1 a="b"] hello',
        {
            "logged_at": "2003-10-11T22:14:15.003000",
            "message": "hello",
            "hostname": "mymachine",
            "logger": "app",
            "pid": 12,
        },
    ),
    ("Thu Jul  2 00:00:13.123 wifi up", {"logged_at": "2025-07-02T00:00:13.123000", "message": "wifi up"}),
    (
        "2024-01-01 10:00:00 Connection failed: timeout",
        {"logged_at": "2024-01-01T10:00:00", "message": "Connection failed: timeout"},
    ),
    ("2024-01-01 10:00:00 got ERROR from x", {"logged_at": "2024-01-01T10:00:00", "message": "got ERROR from x"}),
    (
        "2024-01-01 10:00:00 Starting [main] server",
        {"logged_at": "2024-01-01T10:00:00", "message": "Starting [main] server"},
    ),
    ("2024-01-01 10:00:00 error while reading", {"logged_at": "2024-01-01T10:00:00", "message": "error while reading"}),
    ("2024-01-01 10:00:00 x = [1] 2", {"logged_at": "2024-01-01T10:00:00", "message": "x = [1] 2"}),
    ("2024-01-01 10:00:00 Server [ok] ready", {"logged_at": "2024-01-01T10:00:00", "message": "Server [ok] ready"}),
    ("2024-01-01 10:00:00 HTTP ERROR 500", {"logged_at": "2024-01-01T10:00:00", "message": "HTTP ERROR 500"}),
    ("2024-01-01 10:00:00 TCP ERROR 5: x", {"logged_at": "2024-01-01T10:00:00", "message": "TCP ERROR 5: x"}),
    ("2024-01-01 10:00:00 job 5 INFO missing", {"logged_at": "2024-01-01T10:00:00", "message": "job 5 INFO missing"}),
    ("2024-01-01 10:00:00 a | b c", {"logged_at": "2024-01-01T10:00:00", "message": "a | b c"}),
    ("2024-01-01 10:00:00 user bob: hello", {"logged_at": "2024-01-01T10:00:00", "message": "user bob: hello"}),
    ("2024-01-01 10:00:00 http://x.y/z 200", {"logged_at": "2024-01-01T10:00:00", "message": "http://x.y/z 200"}),
    (
        "2023-08-01 12:00:00.123 [pool-2-thread-1] DEBUG com.foo.Bar:123 - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 5, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00 +0200 [warn]: #0 [out] hello",
        {"logged_at": "2023-08-01T10:00:00", "severity": 13, "message": "#0 [out] hello"},
    ),
    (
        "[2023/08/01 12:00:00] [ info] [fluent bit] version=1.9",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "version=1.9"},
    ),
    (
        "[2023/08/01 12:00:00] [ info] [engine] started",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "started"},
    ),
    (
        "[2023-08-01T12:00:00.123Z] [INFO] [main] com.foo.Bar - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 [10] INFO  Namespace.Class [(null)] - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "Namespace.Class"},
    ),
    (
        "2023-08-01 12:00:00.123 +00:00 [INF] Now listening on: http://localhost",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "Now listening on: http://localhost"},
    ),
    (
        "08-01 12:00:00.123 INFO  [main] hello",
        {"logged_at": "2025-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00 [INFO] (main) hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "hello"},
    ),
    (
        "Tue Aug  1 12:00:00 CEST 2023 INFO hello",
        {"logged_at": "2023-08-01T10:00:00", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 - INFO - my.module - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "my.module"},
    ),
    (
        "2023-08-01 12:00:00,123 [INFO] my.module: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 [MainThread  ] [INFO ]  hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "[2023-08-01 12:00:00,123] {taskinstance.py:1035} INFO - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "[2023-08-01, 12:00:00 UTC] {taskinstance.py:1035} INFO - hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00.123  INFO 12345 [main] c.f.Bar : hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "pid": 12345},
    ),
    (
        "2023-08-01 12:00:00,123 12345 INFO mydb odoo.modules.loading: hello",
        {
            "logged_at": "2023-08-01T12:00:00.123000",
            "severity": 9,
            "message": "hello",
            "pid": 12345,
            "logger": "odoo.modules.loading",
        },
    ),
    (
        "2023-08-01 12:00:00,123 [salt.minion     :1234][INFO    ][5678] hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 [INFO    ] [salt.minion] hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 | INFO  | Apache ActiveMQ 5.15 is starting | "
        "org.apache.activemq.broker.BrokerService | main",
        {
            "logged_at": "2023-08-01T12:00:00.123000",
            "severity": 9,
            "message": "Apache ActiveMQ 5.15 is starting",
            "logger": "org.apache.activemq.broker.BrokerService",
        },
    ),
    (
        "2023-08-01 12:00:00.123 INFO  (main) [c:foo s:shard1] o.a.s.c.S.Request hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "o.a.s.c.S.Request"},
    ),
    (
        "[1690891200] SERVICE ALERT: host;svc;CRITICAL",
        {"logged_at": "2023-08-01T12:00:00", "message": "SERVICE ALERT: host;svc;CRITICAL"},
    ),
    (
        "2023-08-01 12:00:00.123456 [INFO] switch_core.c:123 hello",
        {"logged_at": "2023-08-01T12:00:00.123456", "severity": 9, "message": "hello"},
    ),
    ("2023/08/01 12:00:00| hello", {"logged_at": "2023-08-01T12:00:00", "message": "hello"}),
    (
        "2023-08-01 12:00:00.12 spid12s     Starting up database 'x'.",
        {"logged_at": "2023-08-01T12:00:00.120000", "message": "Starting up database 'x'.", "logger": "spid12s"},
    ),
    (
        "2023-08-01 12:00:00.12 Server      Microsoft SQL Server 2019",
        {"logged_at": "2023-08-01T12:00:00.120000", "message": "Microsoft SQL Server 2019", "logger": "Server"},
    ),
    (
        "2023-08-01-12.00.00.123456+120 I123E456 LEVEL: Info",
        {"logged_at": "2023-08-01T10:00:00.123456", "message": "I123E456 LEVEL: Info"},
    ),
    (
        "2023-08-01T12:00:00.123Z\t6bf1-uuid\tINFO\thello there",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello there"},
    ),
    (
        '[1234:0801/120000.123456:INFO:CONSOLE(1)] "msg", source: x',
        {"logged_at": "2025-08-01T12:00:00.123456", "severity": 9, "message": '"msg", source: x'},
    ),
    (
        "2023-08-01 12:00:00.123456|INFO    |VirtualServerBase|1  |listening on 0.0.0.0",
        {"logged_at": "2023-08-01T12:00:00.123456", "severity": 9, "message": "listening on 0.0.0.0"},
    ),
    (
        "2023/08/01 12:00:00 [1234] building file list",
        {"logged_at": "2023-08-01T12:00:00", "message": "building file list", "pid": 1234},
    ),
    (
        'Tue Aug  1 12:00:00 2023 [pid 1234] CONNECT: Client "192.0.2.1"',
        {"logged_at": "2023-08-01T12:00:00", "message": 'CONNECT: Client "192.0.2.1"', "pid": 1234},
    ),
    ("Tue Aug  1 12:00:00 2023 -> hello", {"logged_at": "2023-08-01T12:00:00", "message": "hello"}),
    (
        "2023-08-01 12:00:00,123 fail2ban.actions        [1234]: NOTICE  [sshd] Ban 192.0.2.4",
        {
            "logged_at": "2023-08-01T12:00:00.123000",
            "severity": 10,
            "message": "[sshd] Ban 192.0.2.4",
            "pid": 1234,
            "logger": "fail2ban.actions",
        },
    ),
    (
        "2023-08-01 12:00:00,123 - denyhosts   : INFO     hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "1/8/2023 -- 12:00:00 - <Notice> - This is Suricata",
        {"logged_at": "2023-01-08T12:00:00", "severity": 10, "message": "This is Suricata"},
    ),
    (
        "08/01/2023-12:00:00.123456  [**] [1:2000:1] hello",
        {"logged_at": "2023-08-01T12:00:00.123456", "message": "[**] [1:2000:1] hello"},
    ),
    (
        "08/01-12:00:00.123456  [**] [1:2000:1] hello",
        {"logged_at": "2025-08-01T12:00:00.123456", "message": "[**] [1:2000:1] hello"},
    ),
    (
        "2023/08/01 12:00:00 ossec-syscheckd: INFO: hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 p=1234 u=root n=ansible | hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00 [scrapy.core.engine] INFO: Spider opened",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "Spider opened", "logger": "scrapy.core.engine"},
    ),
    ("2023-08-01 12:00:00+0000 [-] Log opened.", {"logged_at": "2023-08-01T12:00:00", "message": "Log opened."}),
    (
        "2023-08-01 12:00:00+0000 [HTTPChannel,0,127.0.0.1] hello",
        {"logged_at": "2023-08-01T12:00:00", "message": "hello"},
    ),
    (
        "[2023-08-01T12:00:00.123] error: Node x not responding",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 17, "message": "Node x not responding"},
    ),
    (
        "08/01/2023 12:00:00;0008;PBS_Server;Job;123.host;hello there",
        {"logged_at": "2023-08-01T12:00:00", "message": "hello there"},
    ),
    ("08/01/23 12:00:00 (pid:1234) hello", {"logged_at": "2008-01-23T12:00:00", "message": "hello", "pid": 1234}),
    (
        "08/01/2023 12:00:00|worker|host1|E|hello there",
        {"logged_at": "2023-08-01T12:00:00", "severity": 17, "message": "hello there"},
    ),
    (
        "2023-08-01T12:00:00,123 INFO [main]: ql.Driver (SessionState.java:printInfo(1111)) - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "ql.Driver"},
    ),
    (
        "2023-08-01 12:00:00,123 INFO org.apache.hadoop.hdfs.StateChange (FSNamesystem.java:x(1)) - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        '2023/08/01 12:00:00.123\tINFO\tadmin\thello there\t{"a":1}',
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": 'hello there\t{"a":1}'},
    ),
    (
        "[2023-08-01T12:00:00.123+0000] [main] INFO  com.google.gerrit.Foo : hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023.08.01 12:00:00 INFO  web[][o.s.s.p.Foo] hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "hello", "logger": "web"},
    ),
    (
        "2023-08-01 12:00:00,123+0000 INFO  [jetty-main-1] *SYSTEM org.sonatype.nexus.Foo - hello",
        {
            "logged_at": "2023-08-01T12:00:00.123000",
            "severity": 9,
            "message": "hello",
            "logger": "org.sonatype.nexus.Foo",
        },
    ),
    (
        "2023-08-01T12:00:00.123Z [jfrt ] [INFO ] [abc] [o.a.Foo:123] [main] - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 main INFO      [c.a.jira.startup.Foo] hello",
        {
            "logged_at": "2023-08-01T12:00:00.123000",
            "severity": 9,
            "message": "hello",
            "logger": "c.a.jira.startup.Foo",
        },
    ),
    (
        "[2023-08-01 12:00:00,123]  INFO {org.wso2.carbon.Foo} - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "org.wso2.carbon.Foo"},
    ),
    (
        "2023-08-01 12:00:00.123 INFO  [main][StartupAction:123] hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "01.08.2023 12:00:00.123 *INFO* [qtp-1] com.day.Foo hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "com.day.Foo"},
    ),
    (
        "2023-08-01 12:00:00,123 - 192.0.2.1 - INFO [org.foo.Bar:123] - hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01T12:00:00.123Z\tINFO\tmain\tio.trino.Foo\thello there",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello there"},
    ),
    (
        "2023.08.01 12:00:00.123456 [ 1234 ] {abc-1} <Debug> executeQuery: hello",
        {
            "logged_at": "2023-08-01T12:00:00.123456",
            "severity": 5,
            "message": "hello",
            "logger": "executeQuery",
            "pid": 1234,
        },
    ),
    (
        "1690891200: mosquitto version 2 starting",
        {"logged_at": "2023-08-01T12:00:00", "message": "mosquitto version 2 starting"},
    ),
    (
        "[1690891200] unbound[123:0] info: hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "hello", "logger": "unbound", "pid": 123},
    ),
    (" 1 Aug 12:00:00 ntpd[123]: hello", {"logged_at": "2025-08-01T12:00:00", "message": "hello", "pid": 123}),
    (
        "Aug 01 12:00:00.123 [notice] Bootstrapped 100%",
        {"logged_at": "2025-08-01T12:00:00.123000", "severity": 10, "message": "Bootstrapped 100%"},
    ),
    (
        "2023-08-01 12:00:00.123 [INF] LTND: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello", "logger": "LTND"},
    ),
    (
        "Aug 01, 2023 12:00:00 PM org.apache.coyote.AbstractProtocol start",
        {"logged_at": "2023-08-01T12:00:00", "message": "org.apache.coyote.AbstractProtocol start"},
    ),
    (
        "2023-08-01T12:00:00+0000 info: [zone.] hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "[zone.] hello"},
    ),
    (
        "2023-08-01 12:00:00.123 Info: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00.123 - info: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello"},
    ),
    ("2023-08-01 12:00 INFO hello", {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "hello"}),
    ("01/08/2023 12:00:00 [ERROR] hello", {"logged_at": "2023-01-08T12:00:00", "severity": 17, "message": "hello"}),
    ("[2023-08-01 12:00:00 CEST] INFO hello", {"logged_at": "2023-08-01T10:00:00", "severity": 9, "message": "hello"}),
    (
        "2023-08-01 12:00:00 host1 app[12] INFO: hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 9, "message": "INFO: hello", "pid": 12},
    ),
    ("2023-08-01 12:00:00 <ERROR> hello", {"logged_at": "2023-08-01T12:00:00", "severity": 17, "message": "hello"}),
    (
        "2023-08-01 12:00:00 ERROR(17): hello",
        {"logged_at": "2023-08-01T12:00:00", "severity": 17, "message": "ERROR(17): hello"},
    ),
    ("2023-08-01 12:00:00 ERR! hello", {"logged_at": "2023-08-01T12:00:00", "severity": 17, "message": "ERR! hello"}),
    (
        "1690891200.123 INFO web: hello there",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello there"},
    ),
    (
        "1690891200123 [main] INFO web - hello there",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 9, "message": "hello there"},
    ),
    (
        "1690891200 web-1 sshd[12]: hello there",
        {"logged_at": "2023-08-01T12:00:00", "message": "hello there", "hostname": "web-1", "logger": "sshd"},
    ),
    (
        "0001 2023-08-01 12:00:00 R01-M0 MMCS ERROR hello there",
        {"logged_at": "2023-08-01T12:00:00", "severity": 17, "message": "hello there"},
    ),
    (
        "W 1690891200 2023.08.01 c0-0c1s2n3 2023-08-01T12:00:00.123456-05:00 c0-0c1s2n3 kernel: hello there",
        {"logged_at": "2023-08-01T17:00:00.123456", "message": "hello there"},
    ),
    (
        "2023-08-01T12:00:00.123456-05:00 c0-0c1s2n3 RAS KERNEL FATAL machine check",
        {
            "logged_at": "2023-08-01T17:00:00.123456",
            "severity": 21,
            "message": "machine check",
            "hostname": "c0-0c1s2n3",
        },
    ),
    (
        "2023-08-01 12:00:00.123 (1234) ERROR: hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 17, "message": "hello"},
    ),
    (
        "2023-08-01 12:00:00,123 ERROR [0x7f1] src/x.cpp(123): hello",
        {"logged_at": "2023-08-01T12:00:00.123000", "severity": 17, "message": "src/x.cpp(123): hello"},
    ),
    ("2023-08-01 12:00:00 Starting   up", {"logged_at": "2023-08-01T12:00:00", "message": "Starting   up"}),
    ("2023-08-01 12:00:00 Total:   5", {"logged_at": "2023-08-01T12:00:00", "message": "Total:   5"}),
    ("2023-08-01 12:00:00 user logged in  ok", {"logged_at": "2023-08-01T12:00:00", "message": "user logged in  ok"}),
    ("2023-08-01 12:00:00 [a b] c", {"logged_at": "2023-08-01T12:00:00", "message": "[a b] c"}),
    ("2023-08-01 12:00:00 (see above) x", {"logged_at": "2023-08-01T12:00:00", "message": "(see above) x"}),
    ("2023-08-01 12:00:00 {json} x", {"logged_at": "2023-08-01T12:00:00", "message": "{json} x"}),
    ("2023-08-01 12:00:00 x | y", {"logged_at": "2023-08-01T12:00:00", "message": "x | y"}),
    ("2023-08-01 12:00:00 -1 degrees", {"logged_at": "2023-08-01T12:00:00", "message": "-1 degrees"}),
    ("2023-08-01 12:00:00 5 errors found", {"logged_at": "2023-08-01T12:00:00", "message": "5 errors found"}),
    ("2023-08-01 12:00:00 100% done", {"logged_at": "2023-08-01T12:00:00", "message": "100% done"}),
    ("2023-08-01 12:00:00 Foo (bar): baz", {"logged_at": "2023-08-01T12:00:00", "message": "Foo (bar): baz"}),
    ("2023-08-01 12:00:00 a-b.c d: e", {"logged_at": "2023-08-01T12:00:00", "message": "a-b.c d: e"}),
    ("2023-08-01 12:00:00 Exit code: 1", {"logged_at": "2023-08-01T12:00:00", "message": "Exit code: 1"}),
    ("2023-08-01 12:00:00 I am here", {"logged_at": "2023-08-01T12:00:00", "message": "I am here"}),
    ("2023-08-01 12:00:00 I/O error on disk", {"logged_at": "2023-08-01T12:00:00", "message": "I/O error on disk"}),
    ("2023-08-01 12:00:00 E: x", {"logged_at": "2023-08-01T12:00:00", "message": "E: x"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_what_stands_behind_a_time(line: str, expected: dict[str, Any]) -> None:
    record = read(line, format="leveled")
    assert {name: record.get(name) for name in expected} == expected
    assert ("logged_at" in record) == ("logged_at" in expected)
