"""What is served over HTTP: the page of a rollout, its API, the OTLP receiver."""
