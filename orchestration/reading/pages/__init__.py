"""What only PDFs and pictures need: from characters, lines and pixels to paragraphs and tables of a page."""
