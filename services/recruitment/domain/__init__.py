"""The rules of recruitment: quotas from a population, volunteers from a file, and a pool that is frozen once."""
