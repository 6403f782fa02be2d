"""A review as text for GitHub: comment, step summary, annotations. Pure; every word of data goes through `core/escaping`."""
