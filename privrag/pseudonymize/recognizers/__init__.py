"""Recognizers that need no model. Each takes a document's text and gives matches in it."""

from functools import partial

from privrag.pseudonymize.matches import Recognizer
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.recognizers.account import find_accounts
from privrag.pseudonymize.recognizers.address import find_addresses
from privrag.pseudonymize.recognizers.age import find_ages
from privrag.pseudonymize.recognizers.amount import find_amounts
from privrag.pseudonymize.recognizers.attribute import find_in_attributes
from privrag.pseudonymize.recognizers.body import find_bodies
from privrag.pseudonymize.recognizers.capitals import find_in_capitals
from privrag.pseudonymize.recognizers.chat import find_chat
from privrag.pseudonymize.recognizers.date import find_dates
from privrag.pseudonymize.recognizers.fields import find_fields
from privrag.pseudonymize.recognizers.french import find_french_quasi, find_in_french
from privrag.pseudonymize.recognizers.group import find_groups
from privrag.pseudonymize.recognizers.identifiers import (
    find_cards,
    find_emails,
    find_ibans,
    find_ip_addresses,
    find_mac_addresses,
    find_social_security,
)
from privrag.pseudonymize.recognizers.informal import find_informal
from privrag.pseudonymize.recognizers.job import find_jobs
from privrag.pseudonymize.recognizers.keyed import find_keyed
from privrag.pseudonymize.recognizers.kin import find_kin
from privrag.pseudonymize.recognizers.labelled import find_labelled_ids
from privrag.pseudonymize.recognizers.lower_case import find_in_lower_case
from privrag.pseudonymize.recognizers.name_run import find_name_runs
from privrag.pseudonymize.recognizers.national import find_national_ids
from privrag.pseudonymize.recognizers.password import find_passwords
from privrag.pseudonymize.recognizers.payment import find_payment_details
from privrag.pseudonymize.recognizers.person import find_people
from privrag.pseudonymize.recognizers.phone import find_phones
from privrag.pseudonymize.recognizers.place import find_places
from privrag.pseudonymize.recognizers.said_password import find_said_passwords
from privrag.pseudonymize.recognizers.secret import find_secrets
from privrag.pseudonymize.recognizers.subject_line import find_in_subject_lines
from privrag.pseudonymize.recognizers.table import find_in_tables
from privrag.pseudonymize.recognizers.tenant import tenant_patterns, word_list
from privrag.pseudonymize.recognizers.web import find_web_addresses
from privrag.pseudonymize.recognizers.with_role import find_with_roles


def pattern_recognizers(settings: DetectSettings) -> dict[str, Recognizer]:
    """The built-in recognizers by name, in the order in which they run."""
    recognizers: dict[str, Recognizer] = {
        "secrets": find_secrets,
        "passwords": find_passwords,
        "said_passwords": find_said_passwords,
        "emails": find_emails,
        "ibans": find_ibans,
        "cards": find_cards,
        "payment_details": find_payment_details,
        "social_security": find_social_security,
        "national_ids": find_national_ids,
        "ip_addresses": find_ip_addresses,
        "mac_addresses": find_mac_addresses,
        "labelled_ids": find_labelled_ids,
        "phones": partial(find_phones, regions=settings.countries),
        "people": find_people,
        "fields": find_fields,
        "keyed": find_keyed,
        "chat": find_chat,
        "accounts": find_accounts,
        "informal": find_informal,
        "capitals": find_in_capitals,
        "kin": find_kin,
        "name_runs": find_name_runs,
        "lower_case": find_in_lower_case,
        "attributes": find_in_attributes,
        "subject_lines": find_in_subject_lines,
        "with_roles": find_with_roles,
        "tables": find_in_tables,
        "addresses": find_addresses,
        "french": find_in_french,
    }
    if settings.patterns:
        recognizers["patterns"] = tenant_patterns(settings.patterns)
    for name, words in settings.word_lists.items():
        recognizers[f"word_list.{name}"] = word_list(name, words)
    return recognizers


def quasi_recognizers() -> tuple[Recognizer, ...]:
    """Recognizers of what identifies only together with something else."""
    return (
        find_ages,
        find_amounts,
        find_bodies,
        find_dates,
        find_french_quasi,
        find_groups,
        find_jobs,
        find_places,
        find_web_addresses,
    )
