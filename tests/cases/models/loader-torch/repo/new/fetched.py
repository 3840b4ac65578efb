import torch
from huggingface_hub import hf_hub_download

a = torch.load(hf_hub_download("owner/model", "a.bin", revision="0123456789abcdef0123456789abcdef01234567"))
