import torch
from datasets import load_dataset
from huggingface_hub import hf_hub_download

a = hf_hub_download("owner/model", "a.bin")
b = hf_hub_download("owner/model", "b.bin")
c = torch.hub.load(".", "net", source="local")
d = load_dataset("owner/data", trust_remote_code=True)
