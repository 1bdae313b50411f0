"""`logmill doctor` as a process: a suite that is well, one that loses a process, and no password in what it says."""

import json
from pathlib import Path

from tests.support.command_line import Done, logmill
from tests.support.suite import Suite, free_port, wait_for

PASSWORD = "hunter2-of-nobody"


def doctor(suite: Suite, *options: str, **changed: str) -> Done:
    return logmill("doctor", *options, **{**suite.environment, **changed})


def states(done: Done) -> dict[str, str]:
    """By what was checked."""
    return {finding["check"]: finding["state"] for finding in map(json.loads, done.stdout.splitlines())}


def test_a_suite_from_its_start_to_the_loss_of_its_worker(own_suite: Suite) -> None:
    unmade = doctor(own_suite, "--json")
    assert unmade.returncode == 1
    assert {states(unmade)[check] for check in ("migrations", "queues", "exchanges", "api")} == {"bad"}

    own_suite.start_all(workers=1)
    for service in ("api", "worker", "aggregator"):
        done = doctor(own_suite, "--json", "--service", service)
        assert done.returncode == 0, done
        # RabbitMQ shows a connection some seconds late.
        assert {check for check, state in states(done).items() if state != "ok"} <= {"api"}, done
        assert "checks, all well" in done.stderr

    own_suite.workers[0].kill()
    wait_for("RabbitMQ to miss the worker", lambda: doctor(own_suite).returncode)
    left = doctor(own_suite)
    bad = [line.split("\t") for line in left.stdout.splitlines() if line.startswith("bad\t")]
    assert [row[:2] for row in bad] == [["bad", "queue logs_ingest"], ["bad", "queue logs_ingest.bulk"]]
    assert "python -m services.worker" in bad[0][3]
    assert "2 of " in left.stderr


def test_no_password_is_ever_shown(own_suite: Suite, tmp_path: Path) -> None:
    """Nobody answers, or whoever does refuses: in all that is said there is none."""
    (tmp_path / "password").write_text(PASSWORD + "\n")
    parts = own_suite.environment["RABBITMQ_URL"].rpartition("@")[2]
    wrong = {"PSQL_PASS_FILE": str(tmp_path / "password"), "RABBITMQ_URL": f"amqp://logmill:{PASSWORD}@{parts}"}
    environment = {name: value for name, value in own_suite.environment.items() if name != "PSQL_PASS"}
    own_suite.environment = {**environment, **wrong}
    away = {"PSQL_PORT": str(free_port()), "RABBITMQ_URL": f"amqp://logmill:{PASSWORD}@127.0.0.1:{free_port()}/"}
    away_too = {"LOGMILL_RABBITMQ_MANAGEMENT_URL": f"http://logmill:{PASSWORD}@127.0.0.1:{free_port()}"}
    for changed in ({}, away | away_too):
        done = doctor(own_suite, **changed)
        assert done.returncode == 1
        assert PASSWORD not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
