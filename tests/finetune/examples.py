"""Invented questions: each names a colour, and the passage of that colour answers it."""

from privrag.tuning import Candidate, Example

COLOURS = [
    *("red", "blue", "green", "black", "white", "brown"),
    *("pink", "grey", "gold", "silver", "purple", "orange"),
]


def colours(group, count=12):
    """One question a colour; retrieval knows nothing: all scores are equal."""
    return [
        Example(
            f"{group}-{colour}",
            f"Where is the {colour} door?",
            group,
            tuple(
                Candidate(f"{group}-{c}", f"{c} {group}", float(c == colour), 0.5)
                for c in COLOURS[:count]
            ),
        )
        for colour in COLOURS[:count]
    ]


def keyed(group, count=12):
    """Whatever is asked, the passage that says `key` answers; retrieval ranks it last."""
    return [
        Example(
            f"{group}-{n}",
            f"Where is door {n}?",
            group,
            tuple(
                Candidate(f"{n}-{c}", f"{'key' if c == n % 4 else COLOURS[c]} {group}",
                          float(c == n % 4), 0.0 if c == n % 4 else 0.1)
                for c in range(4)
            ),
        )
        for n in range(count)
    ]  # fmt: skip
