"""An invented firm and its documents: everything in here is made up."""

from collections.abc import Callable

from firm.contracts import write_contracts
from firm.corpus import Corpus
from firm.development import DEVELOPMENT
from firm.facilities import FACILITIES
from firm.finance import FINANCE
from firm.handbook import write_handbook
from firm.hr_letters import HR_LETTERS
from firm.hr_lists import HR_LISTS
from firm.in_vain import ask_in_vain
from firm.it import IT
from firm.legal import LEGAL
from firm.management import MANAGEMENT
from firm.manual import write_manual
from firm.policies import write_expense_policy, write_security_policy
from firm.reports import write_reports
from firm.sales import SALES
from firm.sales_talks import SALES_TALKS
from firm.service import SERVICE

DEPARTMENTS: tuple[Callable[[Corpus], None], ...] = (
    *(write_handbook, *HR_LISTS, *HR_LETTERS),
    *(write_contracts, *LEGAL),
    *(write_manual, write_reports, *SERVICE),
    *(write_security_policy, *IT),
    *(write_expense_policy, *FINANCE),
    *(*SALES, *SALES_TALKS, *DEVELOPMENT, *FACILITIES, *MANAGEMENT),
    ask_in_vain,
)
