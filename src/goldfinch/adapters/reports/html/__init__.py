"""`report.html`: one file that holds everything and loads nothing.

`reporter.py` writes it, `figures.py` makes the figures of its upper part, `assets.py` joins style and script. `page.html.jinja`, `css/` and
`js/` are the page.
"""
