"""The runbooks, one page per alert: what was seen, what to look at, what to type, how to know that it helped, whom to call."""
