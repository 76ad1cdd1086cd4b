"""The names that public data give to entity types, under ours."""

from privrag.pseudonym import TYPE_WORDS

_OURS = {
    "DATETIME": "DATE",
    "DATE_TIME": "DATE",
    "LOC": "LOCATION",
    "GPE": "LOCATION",
    "CODE": "ID",
    "DEM": "GROUP",
    "NRP": "GROUP",
    "NORP": "GROUP",
    "QUANTITY": "AMOUNT",
    "ORGANIZATION": "ORG",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "US_SSN": "SSN",
    "US_DRIVER_LICENSE": "ID",
    "STREET_ADDRESS": "ADDRESS",
    "ZIP_CODE": "ADDRESS",
    "IP_ADDRESS": "IP",
    "DOMAIN_NAME": "URL",
}


def our_label(label: str) -> str:
    """Our name for a type of the data; MISC where we have none."""
    upper = label.upper()
    return upper if upper in TYPE_WORDS else _OURS.get(upper, "MISC")
