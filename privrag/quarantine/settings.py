"""How retrieved text is kept from giving orders."""

from pydantic import BaseModel, ConfigDict


class QuarantineSettings(BaseModel):
    """Passages are data: what of them the model may see."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    enabled: bool = True
    """Whether sentences that give orders to the model are kept from it and from citations. A
    question that asks for such a sentence by its own words gets it as a quotation."""
