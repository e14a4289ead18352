"""Bytes in, blocks and annex rows out. No Dagster here, and no judgement about what a value means."""
