"""Recognizers that need no model. Each takes a document's text and gives matches in it."""

from functools import partial

from privrag.pseudonymize.matches import Recognizer
from privrag.pseudonymize.recognizers.fields import find_fields
from privrag.pseudonymize.recognizers.identifiers import (
    find_cards,
    find_emails,
    find_ibans,
    find_ip_addresses,
    find_social_security,
)
from privrag.pseudonymize.recognizers.labelled import find_labelled_ids, tenant_patterns
from privrag.pseudonymize.recognizers.name_run import find_name_runs
from privrag.pseudonymize.recognizers.national import find_national_ids
from privrag.pseudonymize.recognizers.person import find_people
from privrag.pseudonymize.recognizers.phone import find_phones
from privrag.pseudonymize.recognizers.secret import find_secrets
from privrag.pseudonymize.recognizers.table import find_in_tables


def pattern_recognizers(
    *, phone_regions: tuple[str, ...], patterns: dict[str, str]
) -> dict[str, Recognizer]:
    """The built-in recognizers by name, in the order in which they run."""
    recognizers: dict[str, Recognizer] = {
        "secrets": find_secrets,
        "emails": find_emails,
        "ibans": find_ibans,
        "cards": find_cards,
        "social_security": find_social_security,
        "national_ids": find_national_ids,
        "ip_addresses": find_ip_addresses,
        "labelled_ids": find_labelled_ids,
        "phones": partial(find_phones, regions=phone_regions),
        "people": find_people,
        "fields": find_fields,
        "name_runs": find_name_runs,
        "tables": find_in_tables,
    }
    if patterns:
        recognizers["patterns"] = tenant_patterns(patterns)
    return recognizers
