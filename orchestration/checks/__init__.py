"""What is asked before work begins: whether the seeds are sound, and what this machine has."""
