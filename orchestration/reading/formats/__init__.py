"""One module a file format: bytes in, a Document of blocks out; and what is told of a format before it is opened."""
