"""The judgements: facts in, findings out, nothing asked of anybody."""
