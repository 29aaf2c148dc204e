"""Whether the token check ever answers from the past."""
