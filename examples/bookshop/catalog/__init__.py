"""Books, authors, reviews and orders: what the shop sells and to whom."""
