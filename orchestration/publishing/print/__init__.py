"""PDF files for people: province profiles, the national booklet, appeal packs and letters, set by Typst.

Each product is a module (what stands in it, as data) and a template beside it (how it looks). A template gets data and
nothing else: a text from a document is a string to it, never source. Figures come written out, as people read them.
"""
