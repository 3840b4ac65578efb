"""Serves the churn model."""

import os

import requests

ENDPOINT = "https://churn.westeurope.inference.ml.azure.com/score"
HEADERS = {"Authorization": "Bearer hT5uVw3XyZ8aBc1DeF6gHi9JkL2mNo4P"}
FEATURE_STORE = os.environ["FEATURE_STORE_URL"]


def score(rows):
    return requests.post(ENDPOINT, json=rows, headers=HEADERS, timeout=30).json()
