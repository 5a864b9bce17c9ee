"""Results to table, JSON, JSON lines, CSV, TSV, Markdown and YAML; safe text, cell widths."""
