"""What a person's name looks like in running text."""
