"""Files for people, made from the finished marts.

In: a published warehouse and its dbt manifest. Out: a release, a folder that never changes once written.
Not here: any judgement about a figure (dbt has made it) and any scheduling (orchestration/defs).
"""
