"""What reading knows beforehand, from the seeds, and who sent a document for which period."""
