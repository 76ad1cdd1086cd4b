"""Who saw whose name, and what else was done: written down before it happens, and tamper-evident.

    record.py      one entry, and the hash that chains it to the one before
    store.py       `audit.db`: one chain per tenant, rows are only ever added
    checkpoint.py  signed heads in a second place, so that a cut tail shows
    log.py         `AuditLog.append`, what everybody else calls
    disclosures.py what one request shows, each entity once
    verify.py      is every record there, whole, in order, and up to the last checkpoint?

Ids and counts only: no words of a document, no name behind a pseudonym, no question.
"""

from privrag.audit.disclosures import Disclosures
from privrag.audit.log import AUDIT_FILE, AuditLog, AuditSettings, checkpoint_path
from privrag.audit.record import Action, Head, Record
from privrag.audit.verify import Verified, forgotten, verify

__all__ = [
    "AUDIT_FILE",
    "Action",
    "AuditLog",
    "AuditSettings",
    "Disclosures",
    "Head",
    "Record",
    "Verified",
    "checkpoint_path",
    "forgotten",
    "verify",
]
