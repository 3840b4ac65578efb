import io
import pickle
import urllib.request

import requests
import torch
from huggingface_hub import hf_hub_download

COMMIT = "0123456789abcdef0123456789abcdef01234567"
checkpoint = hf_hub_download("owner/model", "model.bin", revision=COMMIT)
a = torch.load(checkpoint)
response = requests.get(address)
b = pickle.loads(response.content)
c = pickle.load(io.BytesIO(response.content))


def fetched(url, place):
    urllib.request.urlretrieve(url, place)
    return torch.load(place, map_location="cpu")


d = torch.load("weights.pt")
