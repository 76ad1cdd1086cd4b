"""Mails: headers, body, attachments; the bytes are the same for the same mail."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from firm.marks import bare
from firm.markup import Block, parse
from firm.people import Person
from firm.plain_text import as_csv, as_text


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a mail: a `.csv` (one table) or a `.txt`, written in the markup."""

    name: str
    source: str

    @property
    def blocks(self) -> list[Block]:
        return parse(self.source)


@dataclass(frozen=True, slots=True)
class Mail:
    """What stands around a mail's body. `listed` writes the names as `Surname, First`."""

    sender: Person
    to: tuple[Person, ...]
    sent: datetime
    cc: tuple[Person, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    listed: bool = False

    def display(self, person: Person) -> str:
        return person.listed if self.listed else person.full

    @property
    def marked_headers(self) -> str:
        """The names and addresses of the headers, marked, for the truth file."""
        people = (self.sender, *self.to, *self.cc)
        return "\n".join(f"{self.display(person)} {person.email}" for person in people)


def sent(when: date, clock: str) -> datetime:
    """A day and a time of day in Hamburg (winter time)."""
    zone = timezone(timedelta(hours=1))
    return datetime.combine(when, time.fromisoformat(clock), zone)


def signature(person: Person, role: str, notation: str) -> str:
    """The lines under a mail."""
    return f"""
    > {person.full}
    > {role}
    > Phone {person.phone(notation)}
    > {person.email}
    """


def write_eml(path: Path, subject: str, mail: Mail, body: list[Block]) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(mail, mail.sender)
    message["To"] = [_address(mail, person) for person in mail.to]
    if mail.cc:
        message["Cc"] = [_address(mail, person) for person in mail.cc]
    message["Subject"] = bare(subject)
    message["Date"] = mail.sent
    digest = hashlib.sha256(f"{subject}{mail.sent}".encode()).hexdigest()[:20]
    message.set_content(as_text(body), cte="quoted-printable")
    for attachment in mail.attachments:
        if attachment.name.endswith(".csv"):
            text, subtype = as_csv(attachment.blocks[0]), "csv"
        else:
            text, subtype = as_text(attachment.blocks), "plain"
        message.add_attachment(
            text, subtype=subtype, cte="quoted-printable", filename=attachment.name
        )
    if message.is_multipart():
        message.set_boundary(f"=_part_{digest}")
    unfolded = SMTP.clone(max_line_length=0)  # folding would put blanks into long names
    path.write_bytes(message.as_bytes(policy=unfolded))


def _address(mail: Mail, person: Person) -> Address:
    return Address(display_name=bare(mail.display(person)), addr_spec=person.email_address)
