"""Keeps answers that may get feedback, takes what people say of them, and queues it for review.

    keep:   answer -> texts only with consent, and only if nothing in clear is left in them -> store
    give:   opinion -> whose answer is it? -> checks -> pseudonymize -> look again -> store
    review: verdict -> audit record -> store

Nothing raw is stored. Where a text cannot be proven safe, nothing of it is.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from privrag.audit import AuditLog
from privrag.errors import CorrectionError, FeedbackError, PseudonymError, UnknownAnswerError
from privrag.evidence import content_words, stem
from privrag.feedback.checks import check_correction
from privrag.feedback.records import (
    Feedback,
    KeptAnswer,
    Opinion,
    Passage,
    Queued,
    State,
    Verdict,
    Verdicts,
)
from privrag.feedback.settings import FeedbackSettings
from privrag.feedback.store import FILE, FeedbackStore
from privrag.pseudonym import placeholders
from privrag.pseudonymize import Detecting, DetectSettings, left_in_clear, question_of
from privrag.records import SafeText, Trace, Viewer
from privrag.vault import Vault

_DAY = 24 * 3600


class Desk:
    """One tenant's feedback. Blocking; safe for several threads and processes.

    The file is made when the first answer is kept.
    """

    def __init__(
        self,
        home: Path,
        *,
        vault: Vault,
        audit: AuditLog,
        detector: Callable[[], Detecting],
        settings: FeedbackSettings,
        detect: DetectSettings,
        tenant: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`detector` is called when a text is to be read: opening one takes seconds."""
        self._path = home / FILE
        self._vault = vault
        self._audit = audit
        self._detector = detector
        self._settings = settings
        self._detect = detect
        self._tenant = tenant
        self._now = now
        self._opened: FeedbackStore | None = None
        self._opening = threading.Lock()
        self._pruned = 0

    def keep(self, answer_id: str, trace: Trace, viewer: Viewer, models: Mapping[str, str]) -> None:
        """Keep what feedback on this answer needs. Raises FeedbackStoreError."""
        texts: dict[str, object] = {}
        if self._settings.consent and self._is_safe([trace.question, trace.answer]):
            named = placeholders(f"{trace.question}\n{trace.answer}")
            texts = {
                "question": trace.question,
                "answer": trace.answer,
                "entities": tuple(sorted(named)),
            }
        kept = KeptAnswer(
            id=answer_id,
            tenant=self._tenant,
            user=self._user(viewer),
            time=int(self._now()),
            refused=trace.refused,
            passages=tuple(
                Passage(
                    chunk=chunk.id,
                    document=chunk.source.document,
                    version=chunk.source.version,
                    cited=chunk.id in trace.cited,
                )
                for chunk in trace.passages
            ),
            models=dict(models),
        )
        self._prune()
        self._store().keep(kept.model_copy(update=texts))

    def give(self, answer_id: str, opinion: Opinion, viewer: Viewer) -> Feedback:
        """Take an opinion on an answer that this viewer got; `last` means the newest one.

        Raises UnknownAnswerError, FeedbackLimitError, CorrectionError for a correction that is not
        kept; nothing is stored then.
        """
        self._prune()
        user = self._user(viewer)
        kept = self._store().answer(answer_id, user)
        if kept is None:
            raise UnknownAnswerError(
                "there is no such answer that you got; answers are kept for "
                f"{self._settings.keep_days} days"
            )
        correction = (opinion.correction or "").strip()
        safe = self._safe(correction) if correction else None
        same = "" if safe is None else self._same(kept, safe)
        if same and self._store().is_known(same, beside=kept.id):
            safe, same = None, ""  # it waits already, or was accepted: the thumb is enough
        feedback = Feedback(
            id=f"fb-{secrets.token_hex(8)}",
            answer=kept.id,
            tenant=self._tenant,
            user=user,
            time=int(self._now()),
            thumb=opinion.thumb,
            reason=opinion.reason,
            correction=safe,
            same=same,
            entities=tuple(sorted(placeholders(safe or ""))),
            state="counted" if safe is None else "pending",
        )
        since = int(self._now()) - _DAY
        self._store().put(feedback, since=since, most=self._settings.most_per_day)
        return feedback

    def queued(self, state: State | None = "pending", *, limit: int = 100) -> list[Queued]:
        """The oldest opinions in this state (None: in any), each beside its answer."""
        self._prune()
        return self._store().queued(state, limit=limit)

    def verdicts(self) -> dict[str, Verdicts]:
        """How each user's corrections were judged, by keyed hash of the name."""
        self._prune()
        return self._store().verdicts()

    def review(self, feedback_id: str, verdict: Verdict, reviewer: str) -> Queued:
        """Accept or reject a correction. It is in the audit log before it counts.

        Raises FeedbackError for one that is not pending, AuditError where that cannot be recorded.
        """
        if not reviewer.strip():
            raise FeedbackError("a reviewer has a name: --reviewer NAME")
        self._prune()
        found = self._store().one(feedback_id)
        if found.feedback.state != "pending":
            raise FeedbackError(f"this feedback is {found.feedback.state}, so there is no verdict")
        self._audit.append(
            "review", reviewer, counts={verdict: 1}, purpose=f"feedback {feedback_id}"
        )
        if not self._store().decide(feedback_id, verdict, reviewer=reviewer, time=int(self._now())):
            raise FeedbackError("somebody else reviewed this feedback meanwhile")
        return self._store().one(feedback_id)

    def close(self) -> None:
        """Let go of the file; closing twice is no error."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _store(self) -> FeedbackStore:
        with self._opening:
            if self._opened is None:
                self._opened = FeedbackStore(self._path, tenant=self._tenant)
            return self._opened

    def _user(self, viewer: Viewer) -> str:
        return self._vault.blind("feedback-user", viewer.user)

    def _safe(self, correction: str) -> SafeText:
        """The correction in the words of the documents."""
        if not self._settings.consent:
            raise CorrectionError(
                "corrections are not kept here, only thumbs: feedback.consent is not set"
            )
        check_correction(correction, self._settings)
        try:
            (question,) = question_of(
                [correction], self._detector(), self._vault, settings=self._detect
            )
        except PseudonymError:
            question = None
        if question is None or not self._is_safe([question.text]):
            raise CorrectionError(
                "the correction may still name somebody after its names were replaced, so nothing "
                "was kept; write it without names"
            )
        return question.text

    def _is_safe(self, texts: list[SafeText]) -> bool:
        """Whether nothing in clear is left; what cannot be read to its end is not safe."""
        try:
            return not left_in_clear([texts], self._detector(), self._vault)[0]
        except PseudonymError:
            return False

    def _same(self, kept: KeptAnswer, correction: SafeText) -> str:
        """Keyed hash of the words that count, in question and correction."""
        parts = [sorted(map(stem, content_words(t))) for t in (kept.question or "", correction)]
        return self._vault.blind("feedback-same", "\n".join(" ".join(words) for words in parts))

    def _prune(self) -> None:
        """Once an hour: what is older than it may be goes."""
        now = int(self._now())
        if now - self._pruned >= _DAY // 24:
            self._store().drop_before(now - self._settings.keep_days * _DAY)
            self._pruned = now
