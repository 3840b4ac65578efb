import pickle
import urllib.request

import requests

settings = requests.get(address)


def fetched(url, place, cache):
    urllib.request.urlretrieve(url, place)
    with open(cache, "rb") as file:
        return pickle.load(file)
