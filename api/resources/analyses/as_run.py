"""An analysis that takes long: a run, through the same queue, workers and cancel as the solves."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from flask import Response
from sqlalchemy.orm import Session

from api.analysis.answer import Question, solves_needed
from api.analysis.parts import ANSWERS
from api.db.column_types import now
from api.db.run_submission import submit_analysis
from api.db.tables import workers
from api.resources.runs.schemas import RunView
from api.web.context import caller, service
from api.web.etags import etag
from api.web.idempotency import once
from api.web.responses import Answer, answer
from api.web.routing import PREFIX

_SEEN = timedelta(seconds=30)
"""A worker that was seen so lately is there."""


def submitted(question: Question, files: Mapping[str, bytes]) -> Response:
    """202 with the run that will answer the question; raises QueueFull."""
    limits, who = service().config.limits, caller()
    options = {"time_limit_s": limits.analysis_time_limit_s, "memory_limit_mb": limits.memory_limit_mb}

    def effect(session: Session) -> Answer:
        run = submit_analysis(
            session,
            who.org_id,
            asdict(question),
            files,
            options=options,
            submitted_by=who.key_id,
            parts=_parts(session, question),
            policy=service().config.policy,
        )
        headers = {"Location": f"{PREFIX}/runs/{run.id}", "Retry-After": "2", "ETag": etag(run.revision)}
        return answer(RunView.model_validate(run), 202, headers)

    return once(effect)


_FEWEST_SOLVES = 4
"""Of a part, which reads the scenario for itself."""
_PARTS_PER_SLOT = 4
"""So that those who are done first go on with another, and progress is seen."""
_MOST_PARTS = 64


def _parts(session: Session, question: Question) -> int:
    """Into how many parts the workers that are there share the analysis; 0 when one does it alone."""
    slots = sum(worker.slots for worker in workers.present(session) if now() - worker.seen_at < _SEEN)
    if question.analysis not in ANSWERS or slots < 2:
        return 0
    parts = min(solves_needed(question) // _FEWEST_SOLVES, _PARTS_PER_SLOT * slots, _MOST_PARTS)
    return parts if parts > 1 else 0
