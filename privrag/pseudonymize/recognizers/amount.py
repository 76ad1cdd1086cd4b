"""Sums of money, and shares in per cent."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.matches import DocumentText, Match

_CODES = (
    r"AED|ARS|ATS|AUD|BEF|BGN|BRL|CAD|CHF|CLP|CNY|COP|CYP|CZK|DEM|DKK|EEK|EGP|ESP|EUR|"
    r"FIM|FRF|GBP|GRD|"
    r"HKD|HRK|HUF|IDR|IEP|ILS|INR|ISK|ITL|JPY|KRW|LTL|LUF|LVL|MAD|MTL|MXN|MYR|NGN|NLG|"
    r"NOK|NZD|PEN|PHP|"
    r"PKR|PLN|PTE|QAR|ROL|RON|RSD|RUB|RUR|SAR|SEK|SGD|SIT|SKK|THB|TND|TRL|TRY|TWD|UAH|"
    r"USD|VND|YTL|ZAR"
)
_NAMES = (
    r"(?:(?:new[ ])?(?:us|american|canadian|australian|turkish|austrian|polish|swedish|"
    r"norwegian|danish|"
    r"german|swiss|french|belgian|czech|cyprus|cypriot|irish|british|russian|east german|"
    r"gdr|deutsche?|"
    r"pounds?)[ ])?"
    r"(?:euros?|dollars?|pounds?(?:[ ]sterling)?|francs?|franken|lira[s]?|schillings?|"
    r"zlotys?|złoty(?:ch)?|"
    r"kron(?:a|or|e|er|en|ur)|crowns?|marks?|mark|rubles?|roubles?|yen|yuan|rupees?|pesos?|"
    r"forints?|guilders?|cents?|pence|sterling)"
)
_SIGN = r"[$€£¥₺₹₽₴]"
_NUMBER = (
    r"(?:\d{1,3}(?:[.,' \u00a0]\d{3})+|\d+)(?:[.,]\d{1,4})*(?:[ ]?(?:million|billion|thousand|mio|"
    r"mrd|bn|[mkb])\b\.?)?"
)
_IN_WORDS = (
    r"(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|"
    r"twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|a|hundred|thousand|million|billion)[ -]){1,5}"
)
_MONEY = re.compile(
    rf"(?<![\w.,])(?:(?i:approximately|approx\.|about|around|some|"
    rf"roughly)[ ])?(?:(?:{_CODES})[ \u00a0]?{_NUMBER}|(?:US|A|C|HK)?{_SIGN}[ ]?{_NUMBER}"
    rf"|{_NUMBER}[ \u00a0]?(?:{_CODES}\b|{_SIGN})"
    rf"|(?i:{_NUMBER}[ \u00a0](?:{_NAMES})\b|{_IN_WORDS}(?:{_NAMES})\b))"
    rf"(?:[ ]\((?:{_CODES})\))?"
)
_CONVERTED = re.compile(
    rf"[ ]?[(\[](?:(?:{_CODES}|euros?)[;,]?[ ]?)?(?:(?i:approximately|approx\.?|about|"
    rf"around|equivalent to|i\.e\.)[ ])?"
    rf"(?:(?:{_CODES})[ ]{_NUMBER}|{_NUMBER}[ ](?:{_CODES}|"
    rf"(?i:{_NAMES})))?(?:[ ]\((?:{_CODES})\))?[)\]]"
)
_SHARE = re.compile(
    r"(?<![\w.,])\d{1,3}(?:[.,]\d{1,3})?(?:[ ]?(?:-|–|to|and)[ ]?\d{1,3}(?:[.,]\d{1,3}"
    r")?)?[ \u00a0]?%(?!\w)"
)


def find_amounts(document: DocumentText) -> Iterator[Match]:
    """Shares, and sums with a currency, also what stands in brackets behind them in another one."""
    text = document.text
    for match in _SHARE.finditer(text):
        yield Match("AMOUNT", *match.span(), 0.5, "amount.share")
    for match in _MONEY.finditer(text):
        converted = _CONVERTED.match(text, match.end())
        end = converted.end() if converted else match.end()
        yield Match("AMOUNT", match.start(), end, 0.7, "amount.money")
