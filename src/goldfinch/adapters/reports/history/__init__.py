"""The history of runs as one HTML file that loads nothing: charts drawn here, a script of a page for the keyboard."""
