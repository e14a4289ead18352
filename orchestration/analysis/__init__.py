"""How sure a rank is, what an index is made of, and what would change a rank: figures that SQL alone cannot draw."""
