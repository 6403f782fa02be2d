"""Another Goldfinch, asked over HTTP: `GOLDFINCH_URL`."""
