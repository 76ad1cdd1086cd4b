"""The `[tracking]` table."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, field_validator

from privrag.settings import Settings, checked

_SQLITE = "sqlite:////"


class TrackingSettings(BaseModel):
    """Where trainings are written down besides the home's own `models/tracking.sqlite`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    mlflow: str | None = None
    """Address of MLflow's database, a file of this machine: `sqlite:////srv/mlflow.db`. Runs with
    their figures go there, and versions of models with aliases; needs the extra `mlflow`. Names,
    settings and figures, no text. None: not."""

    @field_validator("mlflow")
    @classmethod
    def _is_a_file_here(cls, address: str | None) -> str | None:
        if address is not None and (not address.startswith(_SQLITE) or "?" in address):
            raise ValueError("expected a file of this machine, such as sqlite:////srv/mlflow.db")
        return address

    @property
    def folder(self) -> Path | None:
        """Where that file lies."""
        return None if self.mlflow is None else Path("/", self.mlflow.removeprefix(_SQLITE)).parent

    @classmethod
    def of(cls, settings: Settings) -> "TrackingSettings":
        """The table of these settings. Raises SettingsError naming the key."""
        return checked(cls, settings.tracking, table="tracking")
