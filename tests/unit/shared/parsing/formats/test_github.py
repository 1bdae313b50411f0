"""Payloads of every named event, and what becomes of them."""

import json
from typing import Any

import pytest

from shared.parsing import ParseHints, parse_batch
from shared.parsing.formats.github_checks import ENDS
from shared.parsing.formats.github_told import OUTCOME_SEVERITIES, OUTCOMES
from tests.support.github import HOOK_ID, NAMES, REPOSITORY, event_of, payload, payload_object
from tests.unit.shared.parsing.reading import read

INFO, WARN, ERROR = 9, 13, 17
SITE = f"https://github.com/{REPOSITORY}"
RUN = f"{SITE}/actions/runs/11962204418"
JOB = f"{RUN}/job/33350127749"
COMMIT = f"{SITE}/commit/700f2a060071f8bc9d01ea74f932f8da31ce5ffc"
TITLE = "#128 Round water levels to the centimetre"
ISSUE = "#121 Levels jump between stations"


def line(event: str, body: bytes | str, **members: Any) -> str:
    """An envelope as the api writes it."""
    told = {"github_event": event, "delivery": "0a5c-7e", "received_at": "2026-11-22T15:00:00.123Z", **members}
    text = body if isinstance(body, str) else body.decode()
    return json.dumps(told, separators=(",", ":"))[:-1] + f',"payload":{text}}}'


def delivered(name: str, **members: Any) -> str:
    return line(event_of(name), payload(name), hook_id=HOOK_ID, **members)


def pull_request(**fields: Any) -> dict[str, Any]:
    return {"ref": "mira/levels", "number": 128, "url": f"{SITE}/pull/128", **fields}


def run(outcome: str | None, duration_ms: float | None, url: str = JOB, **fields: Any) -> dict[str, Any]:
    ended = {"outcome": outcome, "duration_ms": duration_ms}
    return {"ref": "main", "url": url, **{key: value for key, value in ended.items() if value is not None}, **fields}


def deployment(outcome: str | None = None, duration_ms: float | None = None, url: str = JOB) -> dict[str, Any]:
    return run(outcome, duration_ms, url, ref="v1.8.0")


EVENTS: list[tuple[str, int, str, dict[str, Any]]] = [
    (
        "push",
        INFO,
        "mira-holt pushed 3 commits to main",
        {"ref": "main", "url": f"{SITE}/compare/51de2b835bd3...700f2a060071"},
    ),
    (
        "push.forced",
        INFO,
        "mira-holt force-pushed 1 commit to mira/levels",
        {"ref": "mira/levels", "url": f"{SITE}/compare/51de2b835bd3...86e41538a248"},
    ),
    (
        "push.tag",
        INFO,
        "mira-holt pushed tag v1.8.0",
        {"ref": "v1.8.0", "url": f"{SITE}/compare/000000000000...700f2a060071"},
    ),
    (
        "push.deleted",
        INFO,
        "mira-holt deleted branch mira/levels",
        {"ref": "mira/levels", "url": f"{SITE}/compare/51de2b835bd3...000000000000"},
    ),
    ("pull_request.opened", INFO, f"mira-holt opened {TITLE}", pull_request()),
    ("pull_request.synchronize", INFO, f"mira-holt pushed to {TITLE}", pull_request()),
    ("pull_request.labeled", INFO, f"jun-okafor labeled {TITLE} (bug)", pull_request()),
    ("pull_request.review_requested", INFO, f"mira-holt asked for a review of {TITLE} (jun-okafor)", pull_request()),
    ("pull_request.closed", INFO, f"jun-okafor closed {TITLE}", pull_request(outcome="closed")),
    ("pull_request.closed.merged", INFO, f"jun-okafor merged {TITLE}", pull_request(outcome="merged")),
    (
        "pull_request_review.submitted.approved",
        INFO,
        f"jun-okafor approved {TITLE}: Reads well.",
        pull_request(outcome="approved", url=f"{SITE}/pull/128#pullrequestreview-2450019"),
    ),
    (
        "pull_request_review.submitted.changes_requested",
        INFO,
        f"jun-okafor requested changes to {TITLE}: The test for Vigo is missing.",
        pull_request(outcome="changes_requested", url=f"{SITE}/pull/128#pullrequestreview-2450007"),
    ),
    (
        "pull_request_review.submitted.commented",
        INFO,
        f"jun-okafor reviewed {TITLE}",
        pull_request(outcome="commented", url=f"{SITE}/pull/128#pullrequestreview-2450001"),
    ),
    (
        "pull_request_review.dismissed",
        INFO,
        f"mira-holt dismissed the review of {TITLE} by jun-okafor",
        pull_request(outcome="dismissed", url=f"{SITE}/pull/128#pullrequestreview-2450007"),
    ),
    (
        "pull_request_review_comment.created",
        INFO,
        f"jun-okafor commented on tidepool/levels.py of {TITLE}: Why two digits here and three in the API?",
        pull_request(url=f"{SITE}/pull/128#discussion_r1850331204"),
    ),
    (
        "pull_request_review_thread.resolved",
        INFO,
        f"mira-holt resolved a thread of {TITLE}",
        pull_request(url=f"{SITE}/pull/128#discussion_r1850331204"),
    ),
    ("issues.opened", INFO, f"kelp-reader opened issue {ISSUE}", {"number": 121, "url": f"{SITE}/issues/121"}),
    (
        "issues.closed",
        INFO,
        f"mira-holt closed issue {ISSUE}",
        {"number": 121, "url": f"{SITE}/issues/121", "outcome": "completed"},
    ),
    ("issues.labeled", INFO, f"mira-holt labeled issue {ISSUE} (bug)", {"number": 121, "url": f"{SITE}/issues/121"}),
    (
        "issues.assigned",
        INFO,
        f"mira-holt assigned issue {ISSUE} (jun-okafor)",
        {"number": 121, "url": f"{SITE}/issues/121"},
    ),
    (
        "issue_comment.created",
        INFO,
        f"jun-okafor commented on {ISSUE}: Seen at Bergen too.",
        {"number": 121, "url": f"{SITE}/issues/121#issuecomment-2493300157"},
    ),
    (
        "issue_comment.created.pull_request",
        INFO,
        f"jun-okafor commented on {TITLE}: Shall we wait for the release?",
        {"number": 128, "url": f"{SITE}/pull/128#issuecomment-2493300188"},
    ),
    (
        "commit_comment.created",
        INFO,
        "tomasz-wren commented on commit 700f2a0: The buoy is still in the docs.",
        {"url": f"{COMMIT}#commitcomment-149203377"},
    ),
    (
        "release.published",
        INFO,
        "mira-holt published release v1.8.0 1.8: Vigo",
        {"ref": "v1.8.0", "url": f"{SITE}/releases/tag/v1.8.0"},
    ),
    (
        "release.prereleased",
        INFO,
        "mira-holt prereleased release v1.8.0 1.8: Vigo",
        {"ref": "v1.8.0", "url": f"{SITE}/releases/tag/v1.8.0"},
    ),
    (
        "create.branch",
        INFO,
        "mira-holt created branch mira/levels",
        {"ref": "mira/levels", "url": f"{SITE}/tree/mira/levels"},
    ),
    ("create.tag", INFO, "mira-holt created tag v1.8.0", {"ref": "v1.8.0", "url": f"{SITE}/tree/v1.8.0"}),
    ("delete.branch", INFO, "jun-okafor deleted branch mira/levels", {"ref": "mira/levels", "url": SITE}),
    ("workflow_run.requested", INFO, "CI #442 was requested on main", run(None, None, RUN, number=442)),
    ("workflow_run.in_progress", INFO, "CI #442 started on main", run(None, None, RUN, number=442)),
    ("workflow_run.completed.success", INFO, "CI #442 succeeded on main", run("success", 252e3, RUN, number=442)),
    ("workflow_run.completed.failure", ERROR, "CI #442 failed on main", run("failure", 155e3, RUN, number=442)),
    (
        "workflow_run.completed.cancelled",
        WARN,
        "CI #442 was cancelled on main",
        run("cancelled", 60e3, RUN, number=442),
    ),
    ("workflow_run.completed.timed_out", ERROR, "CI #442 timed out on main", run("timed_out", 72e5, RUN, number=442)),
    ("workflow_job.queued", INFO, "CI / test (3.12) is queued on main", run(None, None)),
    ("workflow_job.in_progress", INFO, "CI / test (3.12) started on main", run(None, None)),
    ("workflow_job.completed.success", INFO, "CI / test (3.12) succeeded on main", run("success", 240e3)),
    ("workflow_job.completed.failure", ERROR, "CI / test (3.12) failed on main", run("failure", 145e3)),
    ("workflow_job.completed.cancelled", WARN, "CI / test (3.12) was cancelled on main", run("cancelled", 51e3)),
    ("workflow_job.completed.skipped", INFO, "CI / test (3.12) was skipped on main", run("skipped", None)),
    ("check_run.created", INFO, "test (3.12) was created on main", run(None, None)),
    ("check_run.completed.success", INFO, "test (3.12) succeeded on main", run("success", 240e3)),
    ("check_run.completed.failure", ERROR, "test (3.12) failed on main", run("failure", 145e3)),
    ("check_run.completed.cancelled", WARN, "test (3.12) was cancelled on main", run("cancelled", 51e3)),
    ("check_run.completed.action_required", WARN, "test (3.12) needs an action on main", run("action_required", 4e3)),
    ("check_run.completed.neutral", INFO, "test (3.12) ended neutral on main", run("neutral", 3e3)),
    (
        "check_suite.requested",
        INFO,
        "Check suite of GitHub Actions was requested on main",
        run(None, None, f"{COMMIT}/checks"),
    ),
    (
        "check_suite.completed.success",
        INFO,
        "Check suite of GitHub Actions succeeded on main",
        run("success", 251e3, f"{COMMIT}/checks"),
    ),
    (
        "check_suite.completed.failure",
        ERROR,
        "Check suite of GitHub Actions failed on main",
        run("failure", 154e3, f"{COMMIT}/checks"),
    ),
    (
        "check_suite.completed.cancelled",
        WARN,
        "Check suite of GitHub Actions was cancelled on main",
        run("cancelled", 59e3, f"{COMMIT}/checks"),
    ),
    (
        "deployment.created",
        INFO,
        "mira-holt started to deploy v1.8.0 to production",
        deployment(url=f"{SITE}/deployments"),
    ),
    ("deployment_status.created.in_progress", INFO, "Deployment of v1.8.0 to production started", deployment()),
    (
        "deployment_status.created.success",
        INFO,
        "Deployment of v1.8.0 to production succeeded",
        deployment("success", 192e3),
    ),
    (
        "deployment_status.created.failure",
        ERROR,
        "Deployment of v1.8.0 to production failed",
        deployment("failure", 15e4),
    ),
    (
        "deployment_status.created.error",
        ERROR,
        "Deployment of v1.8.0 to production ended in an error",
        deployment("error", 25e3),
    ),
    ("status.pending", INFO, "builds/arm64 is pending on main", run(None, None, "https://ci.example.org/builds/9041")),
    (
        "status.success",
        INFO,
        "builds/arm64 succeeded on main",
        run("success", None, "https://ci.example.org/builds/9041"),
    ),
    (
        "status.failure",
        ERROR,
        "builds/arm64 failed on main",
        run("failure", None, "https://ci.example.org/builds/9041"),
    ),
    (
        "status.error",
        ERROR,
        "builds/arm64 ended in an error on main",
        run("error", None, "https://ci.example.org/builds/9041"),
    ),
    ("star.created", INFO, f"kelp-reader starred {REPOSITORY}", {"url": SITE}),
    ("star.deleted", INFO, f"kelp-reader took the star from {REPOSITORY}", {"url": SITE}),
    ("watch.started", INFO, f"kelp-reader started to watch {REPOSITORY}", {"url": SITE}),
    (
        "fork",
        INFO,
        f"kelp-reader forked {REPOSITORY} to kelp-reader/tidepool",
        {"url": "https://github.com/kelp-reader/tidepool"},
    ),
    (
        "dependabot_alert.created",
        ERROR,
        "Dependabot alert #20 created",
        {"number": 20, "url": f"{SITE}/security/dependabot/20"},
    ),
    (
        "dependabot_alert.created.medium",
        WARN,
        "Dependabot alert #20 created",
        {"number": 20, "url": f"{SITE}/security/dependabot/20"},
    ),
    (
        "dependabot_alert.fixed",
        INFO,
        "Dependabot alert #20 fixed",
        {"number": 20, "url": f"{SITE}/security/dependabot/20", "outcome": "fixed"},
    ),
    (
        "dependabot_alert.dismissed",
        INFO,
        "Dependabot alert #20 dismissed",
        {"number": 20, "url": f"{SITE}/security/dependabot/20", "outcome": "dismissed"},
    ),
    (
        "code_scanning_alert.created",
        ERROR,
        "Code scanning alert #10 created",
        {"ref": "main", "number": 10, "url": f"{SITE}/security/code-scanning/10"},
    ),
    (
        "code_scanning_alert.fixed",
        INFO,
        "Code scanning alert #10 fixed",
        {"ref": "main", "number": 10, "url": f"{SITE}/security/code-scanning/10", "outcome": "fixed"},
    ),
    (
        "secret_scanning_alert.created",
        ERROR,
        "Secret scanning alert #4 created",
        {"number": 4, "url": f"{SITE}/security/secret-scanning/4"},
    ),
    (
        "secret_scanning_alert.resolved",
        INFO,
        "Secret scanning alert #4 resolved",
        {"number": 4, "url": f"{SITE}/security/secret-scanning/4", "outcome": "resolved"},
    ),
    (
        "repository_vulnerability_alert.create",
        ERROR,
        "Vulnerability alert #20 created",
        {"number": 20, "url": "https://nvd.nist.gov/vuln/detail/CVE-2026-40917"},
    ),
    (
        "repository_vulnerability_alert.resolve",
        INFO,
        "Vulnerability alert #20 resolved",
        {"number": 20, "url": "https://nvd.nist.gov/vuln/detail/CVE-2026-40917", "outcome": "fixed"},
    ),
    (
        "security_advisory.published",
        WARN,
        "Security advisory GHSA-4v7m-r2xq-9jpw published",
        {"url": "https://github.com/advisories/GHSA-4v7m-r2xq-9jpw"},
    ),
    (
        "repository_advisory.published",
        ERROR,
        "Repository advisory GHSA-8h3c-q5vx-2mfr published",
        {"url": f"{SITE}/security/advisories/GHSA-8h3c-q5vx-2mfr"},
    ),
    (
        "repository_advisory.reported",
        WARN,
        "Repository advisory GHSA-8h3c-q5vx-2mfr reported",
        {"url": f"{SITE}/security/advisories/GHSA-8h3c-q5vx-2mfr"},
    ),
    ("label.created", INFO, f"label created in {REPOSITORY} by mira-holt", {}),
    ("member.added", INFO, f"member added in {REPOSITORY} by mira-holt", {"url": "https://github.com/tomasz-wren"}),
    ("organization.member_added", INFO, "organization member_added by mira-holt", {}),
    ("public", INFO, f"public in {REPOSITORY} by mira-holt", {}),
    ("ping", INFO, f"ping in {REPOSITORY} by mira-holt", {}),
]
"""A payload, its severity, the beginning of its message, and what is told of it but who did what where."""

WITH_PLACE = ("workflow_", "check_", "deployment", "status", "dependabot_", "code_", "secret_", "repository_")
"""Events nobody in particular makes happen: their messages go on with the repository."""


@pytest.mark.parametrize(("name", "severity", "message", "fields"), EVENTS, ids=[name for name, *_ in EVENTS])
def test_an_event(name: str, severity: int, message: str, fields: dict[str, Any]) -> None:
    record = read(delivered(name), format="github")
    sent = payload_object(name)
    sender = sent.get("sender", {}).get("login")
    columns = {"user_id": sender, "url": fields.get("url"), "duration_ms": fields.get("duration_ms")}
    attrs = json.loads(record.pop("attrs"))
    told = record.pop("message")
    assert told.startswith(f"{message} ({REPOSITORY})" if name.startswith(WITH_PLACE) else message)
    assert "\n" not in told
    assert record == {
        "format": "github",
        "severity": severity,
        "logger": event_of(name),
        "trace_id": "0a5c-7e",
        "logged_at": "2026-11-22T15:00:00.123000",
        **{column: value for column, value in columns.items() if value is not None},
    }
    about = {
        "action": sent.get("action"),
        "repository": sent.get("repository", {}).get("full_name"),
        "sender": sender,
        **fields,
    }
    assert attrs.pop("payload") == sent
    assert attrs == {
        "event": event_of(name),
        "delivery": "0a5c-7e",
        "hook_id": HOOK_ID,
        **{key: value for key, value in about.items() if value is not None},
    }


def test_every_saved_payload_is_in_the_table() -> None:
    assert sorted(name for name, *_ in EVENTS) == list(NAMES)


MESSAGE_ENDS = [
    ("deployment_status.created.failure", f" ({REPOSITORY}): Health check answered 502"),
    ("status.failure", f" ({REPOSITORY}): 2 of 310 tests failed"),
    ("dependabot_alert.created", f" ({REPOSITORY}): marlstone resolves paths outside of the archive (high)"),
    ("code_scanning_alert.created", f" ({REPOSITORY}): SQL query built from user-controlled sources (critical)"),
    ("secret_scanning_alert.created", f" ({REPOSITORY}): Mailgun API Key"),
    ("repository_vulnerability_alert.create", f" ({REPOSITORY}): marlstone GHSA-4v7m-r2xq-9jpw (high)"),
    ("security_advisory.published", " published: marlstone resolves paths outside of the archive (moderate)"),
]


@pytest.mark.parametrize(("name", "end"), MESSAGE_ENDS)
def test_messages_say_what_it_is_about(name: str, end: str) -> None:
    assert read(delivered(name))["message"].endswith(end)


def test_each_outcome_has_its_words() -> None:
    assert ENDS.keys() == OUTCOMES
    assert OUTCOME_SEVERITIES.keys() <= OUTCOMES


def test_commits_of_a_push() -> None:
    commit = payload_object("push")["commits"][1]
    beside = {"repository": REPOSITORY, "ref": "refs/heads/main", "sender": "mira-holt"}
    record = read(line("commit", json.dumps(commit), **beside), format="github")
    attrs = json.loads(record.pop("attrs"))
    assert record == {
        "format": "github",
        "severity": INFO,
        "logger": "commit",
        "message": "jun-okafor committed 51908b7 to main: Añade la estación de Vigo",
        "user_id": "mira-holt",
        "url": commit["url"],
        "trace_id": "0a5c-7e",
        "logged_at": "2026-11-22T15:00:00.123000",
    }
    told = {"event": "commit", "delivery": "0a5c-7e", "repository": REPOSITORY, "sender": "mira-holt", "ref": "main"}
    assert attrs == told | {"url": commit["url"], "payload": commit}


LITTLE: list[tuple[str, str, str]] = [
    ("push", "{}", "push by somebody"),
    ("push", '{"ref":"refs/heads/main"}', "somebody pushed 0 commits to main"),
    ("push", '{"ref":7,"sender":{"login":"ann"}}', "push by ann"),
    ("push", '{"ref":"refs/heads/main","commits":7,"sender":[]}', "somebody pushed 0 commits to main"),
    ("commit", '{"message":"x"}', "commit by somebody"),
    ("commit", '{"id":"0123456789"}', "somebody committed 0123456: "),
    ("pull_request", '{"action":"opened"}', "pull_request opened by somebody"),
    ("pull_request", '{"pull_request":null}', "somebody changed it"),
    ("pull_request", '{"action":"{0}","pull_request":{"number":7,"title":"{1}"}}', "somebody {0} #7 {1}"),
    ("pull_request", '{"action":"synchronize","pull_request":{"title":"{1}{}"}}', "somebody pushed to {1}{}"),
    ("pull_request_review", '{"action":"submitted","review":{}}', "somebody reviewed it"),
    ("pull_request_review_thread", '{"thread":{"comments":[7]}}', "somebody changed a thread of it"),
    ("issues", '{"issue":{"number":1e3,"title":["x"]}}', "somebody changed issue it"),
    ("issue_comment", '{"action":"edited","comment":{"body":"a\\r\\nb"}}', "somebody edited a comment on it: a"),
    ("commit_comment", '{"action":"created","comment":{}}', "somebody commented on commit"),
    ("release", '{"action":"deleted","release":{}}', "somebody deleted release"),
    ("workflow_run", '{"action":"completed","workflow_run":{"conclusion":"odd_end"}}', "Workflow ended odd end"),
    ("workflow_run", '{"workflow_run":{"head_sha":"0123456789"}}', "Workflow changed on 0123456"),
    ("check_run", '{"action":"rerequested","check_run":{"conclusion":"failure"}}', "Check was requested again"),
    ("check_suite", '{"action":"completed"}', "check_suite completed by somebody"),
    ("deployment", '{"deployment":{}}', "somebody started to deploy a commit to an environment"),
    ("deployment_status", '{"deployment_status":{}}', "Deployment of a commit to an environment changed"),
    ("status", '{"state":"odd"}', "Status odd"),
    ("status", '{"state":"success","branches":[],"sha":"0123456789"}', "Status succeeded on 0123456"),
    ("star", '{"action":"polished"}', "star polished by somebody"),
    ("fork", "{}", "fork by somebody"),
    ("dependabot_alert", '{"action":"created","alert":{}}', "Dependabot alert created"),
    (
        "security_advisory",
        '{"action":"withdrawn","security_advisory":{"severity":"high"}}',
        "Security advisory withdrawn (high)",
    ),
    ("discussion", '{"action":"created","discussion":{"number":3}}', "discussion created by somebody"),
    ("a", '{"action":7,"a":"b"}', "a by somebody"),
]
"""Payloads that lack most of what they should have, or have something else."""


@pytest.mark.parametrize(("event", "body", "message"), LITTLE)
def test_payloads_with_less(event: str, body: str, message: str) -> None:
    record = read(line(event, body), format="github")
    assert (record["format"], record["message"]) == ("github", message)
    assert json.loads(record["attrs"])["payload"] == json.loads(body)


SEVERITIES: list[tuple[str, str, int]] = [
    ("workflow_run", '{"action":"completed","workflow_run":{"conclusion":"startup_failure"}}', ERROR),
    ("check_suite", '{"action":"completed","check_suite":{"conclusion":"stale"}}', WARN),
    ("check_suite", '{"action":"completed","check_suite":{"conclusion":"timed_out"}}', ERROR),
    ("check_suite", '{"action":"rerequested","check_suite":{"conclusion":"failure"}}', INFO),
    ("deployment_status", '{"deployment_status":{"state":"inactive"}}', INFO),
    ("code_scanning_alert", '{"alert":{"state":"open","rule":{"severity":"warning"}}}', WARN),
    ("code_scanning_alert", '{"alert":{"state":"open","rule":{"severity":"note"}}}', INFO),
    ("code_scanning_alert", '{"alert":{"state":"dismissed","rule":{"severity":"error"}}}', INFO),
    ("dependabot_alert", '{"alert":{"state":"auto_dismissed","security_advisory":{"severity":"high"}}}', INFO),
    ("dependabot_alert", '{"alert":{"state":"open","security_advisory":{"severity":"low"}}}', WARN),
    ("repository_vulnerability_alert", '{"action":"dismiss","alert":{"severity":"critical"}}', INFO),
    ("security_advisory", '{"action":"published","security_advisory":{"severity":"critical"}}', ERROR),
    ("security_advisory", '{"action":"withdrawn","security_advisory":{"severity":"critical"}}', INFO),
    ("dependabot_alert", '{"alert":{}}', WARN),
]


@pytest.mark.parametrize(("event", "body", "severity"), SEVERITIES)
def test_severity(event: str, body: str, severity: int) -> None:
    assert read(line(event, body))["severity"] == severity


NO_ENVELOPES = [
    '{"github_event":"push"}',
    '{"github_event":"push","delivery":"1","received_at":"2026-11-22T15:00:00Z","payload":[]}',
    '{"github_event":"push","delivery":"1","payload":{}}',
    '{"github_event":7,"delivery":"1","received_at":"2026-11-22T15:00:00Z","payload":{}}',
    '{"level":"info","github_event":"push","delivery":"1","received_at":"2026-11-22T15:00:00Z","payload":{}}',
    '{"message":"all good"}',
]


@pytest.mark.parametrize("text", NO_ENVELOPES)
def test_other_objects_are_read_as_json(text: str) -> None:
    assert read(text, format="github") == read(text, format="json")


def test_broken_objects_are_rejected_where_the_format_is_forced() -> None:
    lines = [delivered("public")[:-1], '{"github_event":', "not JSON", "", "[1]"]
    body = "\n".join(lines).encode()
    rejected = parse_batch(body, first_line=1, hints=ParseHints(format="github")).rejected
    assert rejected["line_no"].to_list() == [1, 2, 3, 5]
    assert set(rejected["reason"]) == {"invalid_json"}


def test_envelopes_are_known_by_their_look_too() -> None:
    body = "\n".join(['{"level":"info"}', delivered("star.created"), "text", delivered("public")]).encode()
    parsed = parse_batch(body, first_line=1, hints=ParseHints())
    assert parsed.records["format"].to_list() == ["json", "github", "plain", "github"]
    assert parsed.format_counts == {"json": 1, "github": 2, "plain": 1}
    assert read(delivered("public"), format="json")["format"] == "json"


ODD: list[tuple[str, Any]] = [
    (r'{"a":"n\u0000l"}', {"a": "n\u2400l"}),
    (r'{"a":"\ud800"}', {"a": "\ufffd"}),
    ('{"a":1e400,"b":0.10}', {"a": "1e400", "b": 0.1}),
    ('{"a":"\\u001b[31mred"}', {"a": "red"}),
    ('{"a":"π\u2028"}', {"a": "π\u2028"}),
]


@pytest.mark.parametrize(("body", "kept"), ODD)
def test_payloads_are_kept_as_databases_take_them(body: str, kept: Any) -> None:
    record = read(line("public", body), format="github")
    assert (record["format"], json.loads(record["attrs"])["payload"]) == ("github", kept)


def test_a_payload_that_is_nested_too_deep_is_rejected() -> None:
    body = line("public", '{"a":' * 600 + "1" + "}" * 600).encode()
    parsed = parse_batch(body, first_line=1, hints=ParseHints(format="github"))
    assert parsed.rejected["reason"].to_list() == ["json_too_deep"]


def test_texts_of_people_are_cut_in_messages() -> None:
    issue = {"action": "opened", "issue": {"number": 7, "title": "x" * 1000}}
    record = read(line("issues", json.dumps(issue)), format="github")
    assert record["message"] == f"somebody opened issue #7 {'x' * 199}…"


def test_what_is_no_time_is_no_time() -> None:
    record = read(line("public", "{}", received_at="soon"), format="github")
    assert (record["format"], "logged_at" in record) == ("github", False)


SAMPLES = [delivered("star.created"), line("push", "{}"), line("status", '{"state":"failure"}')]
"""Lines for the tests of all formats together."""
