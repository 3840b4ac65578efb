import torch

a = torch.load("model.pt")
b = torch.load("model.pt", weights_only=False)
