"""Twelve made-up secrets for tests that look for them afterwards (REQUIREMENTS T15): no key of anybody."""

from __future__ import annotations

SECRETS = {
    "openai": "sk-proj-Zq81hVn3kfT0wLs9bXd2",
    "github": "ghp_a8Kd03mZx91LqPw74RtYbN62vCsE",
    "slack": "xoxb-2719-8841-kQzWmPfT",
    "aws": "AKIA3XQ7ZL9PWMTR2VKD",
    "google": "AIzaSyD4k9Qm2xWv7Tn1Lp8Rb3Zc6Hf5Jg0Ks",
    "stripe": "sk_live_9fKq2LmX7vTz4RwB",
    "jwt": "eyJhbGciOiJIUzI1.eyJzdWIiOiI5OTgx.c2lnbmF0dXJl",
    "bearer": "q8Wn2ZkT-77fLx0Vb",
    "url": "s3cr3t-pw-41877",
    "exact_key": "correct-horse-battery-9911",
    "exact_password": 'quote"and\\slash-ö-5512',
    "private_key": "MIIEpAIBAAKCAQEAx7Zq91",
}
