"""Reports: kept runs as JSON, as Markdown, and as one page that needs nothing but itself.

content.py    start here: what a report says of a run
labels.py     figures in words
plots.py      where marks stand on a plot, in per cent of its width
write.py      the three files
page.html.j2, page.md.j2, style.css
"""

from privrag_evals.report.write import write_report

__all__ = ["write_report"]
