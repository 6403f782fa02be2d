"""One evaluation run as values: records, manifest, summary."""
