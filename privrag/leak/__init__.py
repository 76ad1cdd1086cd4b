"""`privrag leak-scan`: does a raw value stand in anything that the home keeps?"""

from privrag.leak.reviewed import accept
from privrag.leak.scan import Report, scan
from privrag.leak.values import KnownValues, known_values

__all__ = ["KnownValues", "Report", "accept", "known_values", "scan"]
