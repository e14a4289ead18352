"""A made-up nation for demonstration, tests and benchmarks: truth first, then documents. Never mixed with real data."""
