"""Documents as age files, and the store outside git."""
