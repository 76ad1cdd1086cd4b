"""How much of what people say of answers is kept, and for how long."""

from pydantic import BaseModel, ConfigDict, Field


class FeedbackSettings(BaseModel):
    """What people say of answers: `feedback.sqlite` in the home."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    consent: bool = False
    """Whether texts may be kept: question and answer as the model saw them (safe text), and
    corrections. Turn it on once those who ask have agreed to it. Without it only ids, times and
    thumbs are kept, and a correction is refused."""
    keep_days: int = Field(default=180, ge=1)
    """Days after which an answer and what was said of it are deleted (from 1); rows of data sets
    that were made of it stay until `forget`, or until the data set is removed."""
    most_per_day: int = Field(default=50, ge=1)
    """Opinions that one user may give within 24 hours (from 1): nobody teaches a model alone."""
    most_characters: int = Field(default=2000, ge=50, le=20_000)
    """Length of a correction at most (50-20,000 characters)."""
