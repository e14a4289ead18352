"""Tables that are no annex: scores, surveys, statistics, editions, and what a person decided."""
