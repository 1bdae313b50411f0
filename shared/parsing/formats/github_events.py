"""Events of people's work: pushes, pull requests, reviews, issues, comments, releases, and whatever else there is."""

from urllib.parse import quote

from shared.parsing.formats.github_alerts import ALERT_READERS
from shared.parsing.formats.github_checks import CHECK_READERS
from shared.parsing.formats.github_payloads import Part, short_ref, short_sha, shown
from shared.parsing.formats.github_told import Event, Reader, Told, words

NEXT_TO_NOTHING = "0" * 40
"""The commit before a ref's first one, and after its last."""

SUBJECT = "{}"
PULL_REQUEST_DONE = {
    "synchronize": "pushed to {}",
    "converted_to_draft": "made a draft of {}",
    "ready_for_review": "marked {} ready for review",
    "review_requested": "asked for a review of {}",
    "review_request_removed": "took back the request to review {}",
    "enqueued": "put {} into the merge queue",
    "dequeued": "took {} out of the merge queue",
    "auto_merge_enabled": "let {} be merged automatically",
    "auto_merge_disabled": "let {} no longer be merged automatically",
}
REVIEW_DONE = {"approved": "approved", "changes_requested": "requested changes to", "commented": "reviewed"}
STARS = {"created": "starred", "deleted": "took the star from"}


def _push(event: Event) -> Told | None:
    full_ref = event.payload.text("ref")
    if full_ref is None:
        return None
    return Told(
        message=f"{event.who} {_pushed(event.payload, full_ref)}",
        ref=short_ref(full_ref),
        url=event.payload.text("compare") or event.payload.part("head_commit").text("url"),
    )


def _pushed(payload: Part, full_ref: str) -> str:
    kind = "tag" if full_ref.startswith("refs/tags/") else "branch"
    ref, count = short_ref(full_ref) or full_ref, payload.length("commits")
    if payload.flag("deleted") or payload.text("after") == NEXT_TO_NOTHING:
        return f"deleted {kind} {ref}"
    if payload.flag("created") and not count:
        return f"pushed {kind} {ref}"
    verb = "force-pushed" if payload.flag("forced") else "pushed"
    return f"{verb} {count} commit{'' if count == 1 else 's'} to {ref}"


def _commit(event: Event) -> Told | None:
    """One commit of a push: the payload is it, and its branch is told beside."""
    commit = event.payload
    sha, title = short_sha(commit.text("id")), shown(commit.text("message"))
    if sha is None:
        return None
    author = commit.part("author").first_text("username", "name") or event.who
    to = f" to {short_ref(event.ref)}" if event.ref else ""
    return Told(message=f"{author} committed {sha}{to}: {title}", ref=short_ref(event.ref), url=commit.text("url"))


def _titled(subject: Part) -> str:
    number, title = subject.number("number"), shown(subject.text("title"))
    return f"#{number} {title}".rstrip() if number is not None else title or "it"


def _pull_request(event: Event) -> Told | None:
    if "pull_request" not in event.payload:
        return None
    request = event.payload.part("pull_request")
    closed = event.action == "closed"
    outcome = ("merged" if request.flag("merged") else "closed") if closed else None
    done = PULL_REQUEST_DONE.get(event.action or "") or f"{outcome or words(event.action) or 'changed'} {SUBJECT}"
    return _of_pull_request(event, done.replace(SUBJECT, _titled(request)) + _with(event.payload), outcome)


def _with(payload: Part) -> str:
    """Whom or what an action is about besides its subject."""
    named = (
        payload.part("label").text("name"),
        payload.part("assignee").text("login"),
        payload.part("requested_reviewer").text("login"),
        payload.part("requested_team").text("name"),
        payload.part("milestone").text("title"),
    )
    told = next((name for name in named if name), None)
    return f" ({shown(told)})" if told else ""


def _of_pull_request(event: Event, done: str, outcome: str | None = None, url: str | None = None) -> Told:
    request = event.payload.part("pull_request")
    return Told(
        message=f"{event.who} {done}",
        ref=request.part("head").text("ref"),
        number=request.number("number"),
        url=url or request.text("html_url"),
        outcome=outcome,
    )


def _review(event: Event) -> Told | None:
    if "review" not in event.payload:
        return None
    review, title = event.payload.part("review"), _titled(event.payload.part("pull_request"))
    state = review.text("state")
    if event.action == "submitted":
        done = f"{REVIEW_DONE.get(state or '', 'reviewed')} {title}{_said(review)}"
    else:
        done = f"{words(event.action) or 'changed'} the review of {title} by {_login(review)}"
    outcome = state if event.action in ("submitted", "dismissed") else None
    return _of_pull_request(event, done, outcome, review.text("html_url"))


def _login(part: Part) -> str:
    return part.part("user").text("login") or "somebody"


def _said(part: Part) -> str:
    said = shown(part.text("body"))
    return f": {said}" if said else ""


def _review_comment(event: Event) -> Told | None:
    if "comment" not in event.payload:
        return None
    comment, title = event.payload.part("comment"), _titled(event.payload.part("pull_request"))
    path = comment.text("path")
    done = _commented(event, f"{shown(path)} of {title}" if path else title, comment)
    return _of_pull_request(event, done, url=comment.text("html_url"))


def _commented(event: Event, subject: str, comment: Part) -> str:
    if event.action in (None, "created"):
        return f"commented on {subject}{_said(comment)}"
    return f"{words(event.action)} a comment on {subject}{_said(comment)}"


def _review_thread(event: Event) -> Told | None:
    if "thread" not in event.payload:
        return None
    comment = event.payload.part("thread").first("comments")
    done = f"{words(event.action) or 'changed'} a thread of {_titled(event.payload.part('pull_request'))}"
    return _of_pull_request(event, done, url=comment.text("html_url"))


def _issue(event: Event) -> Told | None:
    if "issue" not in event.payload:
        return None
    issue = event.payload.part("issue")
    return Told(
        message=f"{event.who} {words(event.action) or 'changed'} issue {_titled(issue)}{_with(event.payload)}",
        number=issue.number("number"),
        url=issue.text("html_url"),
        outcome=issue.text("state_reason") if event.action == "closed" else None,
    )


def _issue_comment(event: Event) -> Told | None:
    if "comment" not in event.payload:
        return None
    issue, comment = event.payload.part("issue"), event.payload.part("comment")
    return Told(
        message=f"{event.who} {_commented(event, _titled(issue), comment)}",
        number=issue.number("number"),
        url=comment.text("html_url"),
    )


def _commit_comment(event: Event) -> Told | None:
    if "comment" not in event.payload:
        return None
    comment = event.payload.part("comment")
    subject = f"commit {short_sha(comment.text('commit_id')) or ''}".rstrip()
    return Told(message=f"{event.who} {_commented(event, subject, comment)}", url=comment.text("html_url"))


def _release(event: Event) -> Told | None:
    if "release" not in event.payload:
        return None
    release = event.payload.part("release")
    tag, name = release.text("tag_name"), release.text("name")
    title = " ".join(shown(text) for text in dict.fromkeys((tag, name)) if text)
    return Told(
        message=f"{event.who} {words(event.action) or 'changed'} release {title}".rstrip(),
        ref=tag,
        url=release.text("html_url"),
    )


def _ref_event(verb: str) -> Reader:
    def read(event: Event) -> Told | None:
        ref = event.payload.text("ref")
        if ref is None:
            return None
        repository = event.payload.part("repository").text("html_url")
        path = f"/tree/{quote(ref)}" if verb == "created" else ""
        return Told(
            message=f"{event.who} {verb} {event.payload.text('ref_type') or 'ref'} {short_ref(ref)}",
            ref=short_ref(ref),
            url=repository and repository + path,
        )

    return read


def _star(event: Event) -> Told | None:
    done = STARS.get(event.action or "")
    return _of_repository(event, done) if done else None


def _watch(event: Event) -> Told | None:
    return _of_repository(event, "started to watch") if event.action == "started" else None


def _of_repository(event: Event, done: str) -> Told:
    url = event.payload.part("repository").text("html_url")
    return Told(message=f"{event.who} {done} {event.repository or 'a repository'}", url=url)


def _fork(event: Event) -> Told | None:
    forkee = event.payload.part("forkee")
    to = forkee.text("full_name")
    if to is None:
        return None
    return Told(message=f"{event.who} forked {event.repository or 'a repository'} to {to}", url=forkee.text("html_url"))


READERS: dict[str, Reader] = {
    "push": _push,
    "commit": _commit,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _review_comment,
    "pull_request_review_thread": _review_thread,
    "issues": _issue,
    "issue_comment": _issue_comment,
    "commit_comment": _commit_comment,
    "release": _release,
    "create": _ref_event("created"),
    "delete": _ref_event("deleted"),
    "star": _star,
    "watch": _watch,
    "fork": _fork,
    **CHECK_READERS,
    **ALERT_READERS,
}


def tell(event: Event) -> Told:
    """What `event` tells: by the reader of its name, or what can be said of any event."""
    reader = READERS.get(event.name)
    return (reader(event) if reader else None) or _any(event)


def _any(event: Event) -> Told:
    subject = event.payload.part(event.name)
    done = f"{event.name} {event.action}" if event.action else event.name
    place = f" in {event.repository}" if event.repository else ""
    return Told(
        message=f"{done}{place} by {event.who}",
        ref=short_ref(event.ref),
        number=subject.number("number"),
        url=subject.text("html_url"),
    )
