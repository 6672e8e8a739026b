"""The rules of charter, sessions and votes: pure decisions over values; every no is a sentence."""
