"""An invented firm and its documents: everything in here is made up."""

from collections.abc import Callable

from firm.contracts import write_contracts
from firm.corpus import Corpus
from firm.handbook import write_handbook
from firm.hr_letters import HR_LETTERS
from firm.hr_lists import HR_LISTS
from firm.legal import LEGAL
from firm.manual import write_manual
from firm.policies import write_expense_policy, write_security_policy

DEPARTMENTS: tuple[Callable[[Corpus], None], ...] = (
    *(write_handbook, *HR_LISTS, *HR_LETTERS),
    *(write_contracts, *LEGAL),
    write_manual,
    *(write_security_policy, write_expense_policy),
)
