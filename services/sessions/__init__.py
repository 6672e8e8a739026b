"""Charters assemblies, documents their sessions, and decides recommendations by recorded votes."""
