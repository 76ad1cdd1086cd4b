"""Which mentions are one: canonical forms, aliases inside a document, evidence across documents."""
