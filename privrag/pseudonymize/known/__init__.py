"""Names that the vault knows already, found again in any text, however they are written there."""
