"""Questions and answers made from the home's own safe text: what `privrag train` learns from.

    chunks -> sample -> ask a generator -> check -> split by document -> freeze

Everything here is safe text; nothing is restored.
"""
