import pickle as p
import torch
import joblib
import numpy as np
import yaml

a = p.load(open("a.pkl", "rb"))
b = torch.load("b.pt")
c = torch.load("c.pt", weights_only=True)
d = joblib.load("d.joblib")
e = np.load("e.npy", allow_pickle=True)
f = np.load("f.npy")
g = yaml.load(text)
h = yaml.safe_load(text)
